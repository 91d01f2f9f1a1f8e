"""This replica's own beginning: when its process was made, when it loaded what it needs, and when it could serve."""

import os
import time
from pathlib import Path

_NS = 10**9
_WORTH_TELLING_NS = 10**6


def created_at(pid: int) -> int:
    """When a process was made, in nanoseconds since 1970; the kernel counts in hundredths of a second."""
    # The second field is the program's name in parentheses, and may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    since_boot = int(fields[19]) * _NS // os.sysconf("SC_CLK_TCK")
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME) + since_boot


class Replica:
    """`take_first` is true once, for the request that a cold start is told with."""

    def __init__(self, function: str, created: int) -> None:
        self.function = function
        self.created = self.ready = created
        self.loading: tuple[int, int] | None = None
        self._first = True

    def became_ready(self) -> None:
        self.ready = time.time_ns()

    def loaded(self, began: int) -> None:
        """It can serve only now, having loaded since `began`. A load that was nothing is not told of."""
        self.became_ready()
        if self.ready - began >= _WORTH_TELLING_NS:
            self.loading = (began, self.ready)

    def take_first(self) -> bool:
        """Whether nobody has asked before. Two requests at once may both be first, which only tells it twice."""
        first, self._first = self._first, False
        return first
