"""This replica's own beginning: when its process was made, and when it could serve."""

import os
import time
from pathlib import Path

_NS = 10**9


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
        self._first = True

    def became_ready(self) -> None:
        self.ready = time.time_ns()

    def take_first(self) -> bool:
        """Whether nobody has asked before. Two requests at once may both be first, which only tells it twice."""
        first, self._first = self._first, False
        return first
