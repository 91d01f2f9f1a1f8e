"""When memory runs out: how to tell, and what to do with less of it for a while."""

import time
from collections.abc import Callable

#: What torch says where it has no class for it: on a CPU, and of drivers and libraries under it.
_WORDS = (
    "can't allocate memory",
    "out of memory",
    "not enough memory",
    "_alloc_failed",  # of cuBLAS, cuDNN, cuSOLVER
    "cublas_status_not_initialized",  # which wants memory of its own, beside torch's
)
#: What took the memory, pages larger than most, is gone by then.
REMEMBERED_SECONDS = 60.0


def out_of_memory(error: BaseException) -> bool:
    """Whether fewer pages at a time may help. By name: torch is not loaded to ask."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _WORDS)


def without_frames(error: BaseException) -> BaseException:
    """The same error, and what it came from, without the frames that they passed: those hold a whole pass's tensors."""
    chain = [error]
    for each in chain:
        each.__traceback__ = None
        chain += [other for other in (each.__cause__, each.__context__) if other and other not in chain]
    return error


class Limit:
    """How many inputs fit into memory: `most`, or for a while after it ran out half of what was too much."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lowered, self._until = most, 0.0

    def now(self) -> int:
        return self._lowered if self._clock() < self._until else self._most

    def lower(self, tried: int) -> None:
        """So many were too much."""
        self._lowered, self._until = max(1, tried // 2), self._clock() + REMEMBERED_SECONDS
