"""The failure of a function, as a text for users. The text disappears when a replica has been ready for ten seconds."""

from pathlib import Path

# A replica is steady when it has been ready for this time. If it ends earlier, this is one more failure in a row.
_STEADY_SECONDS = 10.0
# The first exit in a row is not reported, because the replica is restarted at once.
_MIN_REPORTED_EXITS = 2


class FailureStatus:
    """The failures of a function's replicas. Times are in seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._failure_count = 0
        self._description: str | None = None
        self._ready_since: float | None = None

    def record_ready(self, now: float) -> None:
        self._ready_since = now

    def record_exit(self, code: int, log_file: Path, now: float) -> None:
        self._count_failure(now)
        if self._failure_count >= _MIN_REPORTED_EXITS:
            self._description = (
                f"{_describe_exit(code)}, {self._failure_count} times in a row; see {_format_log_path(log_file)}"
            )

    def record_out_of_memory(self, limit: int | None, log_file: Path, now: float) -> None:
        """Record that the kernel or the twin killed a replica that needed too much memory.

        `limit` is the memory limit in bytes, or None without a limit. Report even the first kill, because a restart
        does not help.
        """
        self._count_failure(now)
        cause = "the machine had no memory left" if limit is None else f"it exceeded its limit of {_format_mib(limit)}"
        times = f", {self._failure_count} times in a row" if self._failure_count > 1 else ""
        self._description = f"was OOMKilled because {cause}{times}; see {_format_log_path(log_file)}"

    def record_start_error(self, reason: str, now: float) -> None:
        self._count_failure(now)
        self._description = f"cannot be started: {reason}"

    def record_never_ready(self, seconds: float, log_file: Path) -> None:
        self._description = f"is not ready after {seconds:g} s; see {_format_log_path(log_file)}"

    def describe(self, now: float) -> str | None:
        """Return the failure in words that follow the function's name ("cannot be started: ..."), or None."""
        return None if self._has_steady_replica(now) else self._description

    def _count_failure(self, now: float) -> None:
        if self._has_steady_replica(now):
            self._failure_count, self._description = 0, None
        self._failure_count += 1
        self._ready_since = None

    def _has_steady_replica(self, now: float) -> bool:
        return self._ready_since is not None and now - self._ready_since >= _STEADY_SECONDS


def _describe_exit(code: int) -> str:
    return f"ended with status {code}" if code >= 0 else f"was ended by signal {-code}"


def _format_mib(limit: int) -> str:
    return f"{limit / (1 << 20):.4g}Mi"


def _format_log_path(log_file: Path) -> str:
    return f"{log_file.parent.name}/{log_file.name}"
