"""Pages that are read at the same time share a forward pass; a bad one among them fails alone.

Knows nothing of models: `run` takes a list of inputs and gives as many outputs, in their order.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, NamedTuple, TypeVar

import structlog

from functions.engine.models.device import end, lost
from functions.engine.models.memory import Limit, out_of_memory, without_frames

log = structlog.get_logger()

I = TypeVar("I")  # noqa: E741  # an input
O = TypeVar("O")  # noqa: E741  # an output


class Shared(NamedTuple, Generic[O]):
    """An output, the seconds that its input waited and that its pass took, and the inputs that shared it."""

    output: O
    wait: float
    seconds: float
    batch: int


@dataclass(frozen=True)
class _Job(Generic[I, O]):
    input: I
    came: float = field(default_factory=time.monotonic)
    done: "Future[Shared[O]]" = field(default_factory=Future)


class Batcher(Generic[I, O]):
    """Called by a thread per input, it runs them together in a thread of its own: at most `size`, one pass at a time.

    A pass waits up to `wait_seconds` after its first input came, which is nothing for those that came during another.
    """

    def __init__(self, run: Callable[[Sequence[I]], Sequence[O]], *, size: int, wait_seconds: float) -> None:
        self._run, self._wait_seconds, self._limit = run, wait_seconds, Limit(size)
        self._waiting: SimpleQueue[_Job[I, O]] = SimpleQueue()
        threading.Thread(target=self._work, name="batches", daemon=True).start()

    def __call__(self, input: I) -> Shared[O]:  # noqa: A002  # the word for it
        """Raises what `run` raises on this input alone."""
        job: _Job[I, O] = _Job(input)
        self._waiting.put(job)
        return job.done.result()

    @property
    def waiting(self) -> int:
        """Inputs that no pass has taken yet."""
        return self._waiting.qsize()

    def _work(self) -> None:
        while True:
            self._serve(self._gathered())

    def _gathered(self) -> list[_Job[I, O]]:
        jobs = [self._waiting.get()]
        until = jobs[0].came + self._wait_seconds
        while len(jobs) < self._limit.now():
            try:
                jobs.append(self._waiting.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                break
        return jobs

    def _serve(self, jobs: list[_Job[I, O]]) -> None:
        """Run them all together; what fails together is run in halves, down to the one that fails alone."""
        parts = deque([jobs])
        while parts:
            part = parts.popleft()
            if len(part) > (most := self._limit.now()):
                parts.extendleft([part[most:], part[:most]])
            elif (error := self._fails(part)) is None:
                continue
            elif len(part) == 1:
                part[0].done.set_exception(error)
            else:
                self._heed(error, len(part))
                middle = (len(part) + 1) // 2
                parts.extendleft([part[middle:], part[:middle]])

    def _fails(self, jobs: list[_Job[I, O]]) -> BaseException | None:
        """Why a pass failed, without its frames: the next one needs the memory."""
        began = time.monotonic()
        try:
            outputs = self._run([job.input for job in jobs])
            answered = list(zip(jobs, outputs, strict=True))
        except BaseException as error:  # noqa: BLE001  # the thread must live, and whose input it was must hear of it
            if lost(error):
                end(error)
            return without_frames(error)
        seconds = time.monotonic() - began
        for job, output in answered:
            job.done.set_result(Shared(output, began - job.came, seconds, len(jobs)))
        return None

    def _heed(self, error: BaseException, size: int) -> None:
        if out_of_memory(error):
            self._limit.lower(size)
            log.warning("batch.out_of_memory", batch=size, limit=self._limit.now())
        else:
            log.warning("batch.halved", batch=size, error=type(error).__name__)
