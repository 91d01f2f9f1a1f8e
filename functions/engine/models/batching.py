"""Combine pages of several threads into one forward pass. A page that fails does not affect the others.

The module is independent of models: `run` gets a list of inputs and returns one output for each, in the same order.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, NamedTuple, TypeVar

from functions.engine.models.device_errors import clear_tracebacks, exit_process, is_device_lost, is_out_of_memory
from functions.runtime.log import get_logger

log = get_logger()

Input = TypeVar("Input")
Output = TypeVar("Output")

#: After this time the full batch size is tried again. Usually only a few large pages need too much memory.
REDUCED_SECONDS = 60.0


class BatchResult(NamedTuple, Generic[Output]):
    """An output, the seconds that its input waited, the seconds of its pass, and the number of inputs in the pass."""

    output: Output
    wait_seconds: float
    pass_seconds: float
    batch_size: int


class BatchSizeLimit:
    """The maximum batch size. For REDUCED_SECONDS after memory ran out, it is half of the batch size that failed."""

    def __init__(self, maximum: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._maximum, self._clock = maximum, clock
        self._reduced, self._reduced_until = maximum, 0.0

    def get_current(self) -> int:
        return self._reduced if self._clock() < self._reduced_until else self._maximum

    def reduce(self, failed_size: int) -> None:
        """Record that a batch of this size needed too much memory."""
        self._reduced, self._reduced_until = max(1, failed_size // 2), self._clock() + REDUCED_SECONDS


@dataclass(frozen=True)
class _Job(Generic[Input, Output]):
    input: Input
    arrived_at: float = field(default_factory=time.monotonic)
    future: "Future[BatchResult[Output]]" = field(default_factory=Future)


class Batcher(Generic[Input, Output]):
    """A queue of inputs that one thread runs in batches of at most `size`, one pass at a time.

    A pass starts when its batch is full, or `wait_seconds` after its first input arrived. If the pass before it is
    still running then, it starts directly after that pass.
    """

    def __init__(self, run: Callable[[Sequence[Input]], Sequence[Output]], *, size: int, wait_seconds: float) -> None:
        self._run, self._wait_seconds, self._limit = run, wait_seconds, BatchSizeLimit(size)
        self._queue: SimpleQueue[_Job[Input, Output]] = SimpleQueue()
        threading.Thread(target=self._run_forever, name="batches", daemon=True).start()

    def __call__(self, batch_input: Input) -> BatchResult[Output]:
        """Wait for the result of this input and return it. Raise the error that `run` raises for this input alone."""
        job: _Job[Input, Output] = _Job(batch_input)
        self._queue.put(job)
        return job.future.result()

    @property
    def queue_size(self) -> int:
        """The number of inputs that wait for a pass."""
        return self._queue.qsize()

    def _run_forever(self) -> None:
        while True:
            self._run_jobs(self._collect_jobs())

    def _collect_jobs(self) -> list[_Job[Input, Output]]:
        jobs = [self._queue.get()]
        start_at = jobs[0].arrived_at + self._wait_seconds
        while len(jobs) < self._limit.get_current():
            try:
                jobs.append(self._queue.get(timeout=max(0.0, start_at - time.monotonic())))
            except Empty:
                break
        return jobs

    def _run_jobs(self, jobs: list[_Job[Input, Output]]) -> None:
        """Run all jobs in one pass. If it fails, split its jobs into halves, down to the single job that fails."""
        batches = deque([jobs])
        while batches:
            batch = batches.popleft()
            if len(batch) > (limit := self._limit.get_current()):
                batches.extendleft([batch[limit:], batch[:limit]])
            elif (error := self._try_pass(batch)) is None:
                continue
            elif len(batch) == 1:
                batch[0].future.set_exception(error)
            else:
                self._record_failure(error, len(batch))
                middle = (len(batch) + 1) // 2
                batches.extendleft([batch[middle:], batch[:middle]])

    def _try_pass(self, jobs: list[_Job[Input, Output]]) -> BaseException | None:
        """Run one pass. Return its error, or None after success.

        The error has no tracebacks, because their frames would keep memory that the next pass needs.
        """
        started_at = time.monotonic()
        try:
            outputs = self._run([job.input for job in jobs])
            results = list(zip(jobs, outputs, strict=True))
        except BaseException as error:  # noqa: BLE001  # the thread must survive, and the caller must get the error
            if is_device_lost(error):
                exit_process(error)
            return clear_tracebacks(error)
        seconds = time.monotonic() - started_at
        for job, output in results:
            job.future.set_result(BatchResult(output, started_at - job.arrived_at, seconds, len(jobs)))
        return None

    def _record_failure(self, error: BaseException, size: int) -> None:
        if is_out_of_memory(error):
            self._limit.reduce(size)
            log.warning("batch.out_of_memory", batch=size, limit=self._limit.get_current())
        else:
            log.warning("batch.halved", batch=size, error=type(error).__name__)
