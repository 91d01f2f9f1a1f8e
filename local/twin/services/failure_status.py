"""The reason why a function does not run, as one sentence for users, until a replica runs steadily again."""

from pathlib import Path

# A replica that ends within this time after it became ready still fails for the same reason.
_STEADY_SECONDS = 10.0
# The first exit is not reported, because the replica is started again at once.
_TOO_OFTEN = 2


class FailureStatus:
    """The failures of a function's replicas; times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._failure_count = 0
        self._description: str | None = None
        self._ready_since: float | None = None

    def record_ready(self, now: float) -> None:
        self._ready_since = now

    def record_exit(self, code: int, log: Path, now: float) -> None:
        self._count_failure(now)
        if self._failure_count >= _TOO_OFTEN:
            self._description = (
                f"{_describe_exit(code)}, {self._failure_count} times in a row; see {_format_log_path(log)}"
            )

    def record_out_of_memory(self, limit: int | None, log: Path, now: float) -> None:
        """Record a kill for memory. It is reported at once: only a higher limit or less work can prevent the next."""
        self._count_failure(now)
        cause = "the machine had no memory left" if limit is None else f"it exceeded its limit of {_format_mib(limit)}"
        times = f", {self._failure_count} times in a row" if self._failure_count > 1 else ""
        self._description = f"was OOMKilled because {cause}{times}; see {_format_log_path(log)}"

    def record_start_error(self, reason: str, now: float) -> None:
        self._count_failure(now)
        self._description = f"cannot be started: {reason}"

    def record_never_ready(self, seconds: float, log: Path) -> None:
        self._description = f"is not ready after {seconds:g} s; see {_format_log_path(log)}"

    def describe(self, now: float) -> str | None:
        """Return the sentence without its subject, or None while the function works."""
        return None if self._is_steady(now) else self._description

    def _count_failure(self, now: float) -> None:
        if self._is_steady(now):
            self._failure_count, self._description = 0, None
        self._failure_count += 1
        self._ready_since = None

    def _is_steady(self, now: float) -> bool:
        return self._ready_since is not None and now - self._ready_since >= _STEADY_SECONDS


def _describe_exit(code: int) -> str:
    return f"ended with status {code}" if code >= 0 else f"was ended by signal {-code}"


def _format_mib(limit: int) -> str:
    return f"{limit / (1 << 20):.4g}Mi"


def _format_log_path(log: Path) -> str:
    return f"{log.parent.name}/{log.name}"
