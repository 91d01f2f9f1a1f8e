"""Start times of this replica: when its process started, when it loaded its models, and when it became ready."""

import os
import time
from pathlib import Path

_NS = 10**9
_MIN_LOADING_NS = 10**6


def read_process_start(pid: int) -> int:
    """Return the start time of a process in nanoseconds since 1970. The kernel's resolution is 10 ms."""
    # The second field of the file is the program's name in parentheses, which may contain spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    started_after_boot_ns = int(fields[19]) * _NS // os.sysconf("SC_CLK_TCK")
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME) + started_after_boot_ns


class Replica:
    """Start times of a replica in nanoseconds since 1970. `loading_interval` is None if nothing was loaded."""

    def __init__(self, function: str, created_at_ns: int) -> None:
        self.function = function
        self.created_at_ns = self.ready_at_ns = created_at_ns
        self.loading_interval: tuple[int, int] | None = None
        self._has_request = False

    def mark_ready(self) -> None:
        """Record that the replica is ready now."""
        self.ready_at_ns = time.time_ns()

    def mark_loaded(self, started_at_ns: int) -> None:
        """Record that the replica is ready now and began to load at `started_at_ns`. Ignore a load under 1 ms."""
        self.mark_ready()
        if self.ready_at_ns - started_at_ns >= _MIN_LOADING_NS:
            self.loading_interval = (started_at_ns, self.ready_at_ns)

    def take_first_request(self) -> bool:
        """Return True at the first call, else False. Two parallel calls may both return True."""
        is_first, self._has_request = not self._has_request, True
        return is_first
