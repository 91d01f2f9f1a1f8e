"""What keeps a function from running, told in one sentence until a replica runs again."""

from pathlib import Path

# A replica that ends sooner after it became ready is still in the same trouble.
_STEADY_SECONDS = 10.0
# A single end is no trouble yet: the replica is started again at once.
_TOO_OFTEN = 2


class Trouble:
    """Hears what becomes of a function's replicas; times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._ends = 0
        self._said: str | None = None
        self._ready_since: float | None = None

    def ready(self, now: float) -> None:
        self._ready_since = now

    def ended(self, code: int, log: Path, now: float) -> None:
        self._again(now)
        if self._ends >= _TOO_OFTEN:
            self._said = f"{_told(code)}, {self._ends} times in a row; see {_named(log)}"

    def out_of_memory(self, limit: int | None, log: Path, now: float) -> None:
        """Told at once, unlike other ends: it is no accident, and only a higher limit or less work ends it."""
        self._again(now)
        what = "when the machine had no more" if limit is None else f"wanting more than its limit of {_mib(limit)}"
        times = f", {self._ends} times in a row" if self._ends > 1 else ""
        self._said = f"was OOMKilled, {what}{times}; see {_named(log)}"

    def cannot_start(self, reason: str, now: float) -> None:
        self._again(now)
        self._said = f"cannot be started: {reason}"

    def never_ready(self, seconds: float, log: Path) -> None:
        self._said = f"is not ready after {seconds:g} s; see {_named(log)}"

    def told(self, now: float) -> str | None:
        """The sentence, without its subject; None while nothing is wrong."""
        return None if self._steady(now) else self._said

    def _again(self, now: float) -> None:
        if self._steady(now):
            self._ends, self._said = 0, None
        self._ends += 1
        self._ready_since = None

    def _steady(self, now: float) -> bool:
        return self._ready_since is not None and now - self._ready_since >= _STEADY_SECONDS


def _told(code: int) -> str:
    return f"ended with status {code}" if code >= 0 else f"was ended by signal {-code}"


def _mib(limit: int) -> str:
    return f"{limit / (1 << 20):.4g}Mi"


def _named(log: Path) -> str:
    return f"{log.parent.name}/{log.name}"
