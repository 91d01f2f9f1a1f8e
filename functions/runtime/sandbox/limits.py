"""Resource limits of a job."""

import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: Enough for the document, the socket, the standard streams, and copies that decoders make of descriptors.
_OPEN_FILES = 16


@dataclass(frozen=True, kw_only=True)
class JobLimits:
    """Limits of one job. `memory_bytes` is address space in addition to the zygote's."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    answer_bytes: int = 256 * 1024 * 1024


def apply_limits(limits: JobLimits) -> None:
    """Limit this process. It cannot raise the limits again, because the hard limits are set as well."""
    own_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, own_bytes + limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, hard=limits.cpu_seconds + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)


def prefer_oom_kill() -> None:
    """Make the kernel kill this process, and not the function, when memory runs out."""
    # If /proc is read-only, the other limits have to be enough.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit(kind: int, soft: int, *, hard: int | None = None) -> None:
    resource.setrlimit(kind, (soft, hard or soft))
