"""How much a job may use."""

import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: The document, the answer, the standard streams, and a few that decoders duplicate.
_OPEN_FILES = 16


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one job may use: address space beyond the zygote's own, CPU seconds, seconds from start to end, answer."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    answer_bytes: int = 256 * 1024 * 1024


def impose(limits: Limits) -> None:
    """Bind this process, for good: hard limits are set too."""
    own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, own + limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, hard=limits.cpu_seconds + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)


def die_first() -> None:
    """When memory runs out all the same, the kernel is to take this process and not the function."""
    # Where /proc is not ours to write, the limits have to do.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit(which: int, soft: int, *, hard: int | None = None) -> None:
    resource.setrlimit(which, (soft, hard or soft))
