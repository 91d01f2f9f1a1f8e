"""Threads share forward passes. A bad input does not affect the other inputs."""

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest

from functions.engine.models import batching, device_errors
from functions.engine.models.batching import Batcher, BatchResult
from tests.kit import wait_for

_SOON = 10.0
BAD = -1


class Passes:
    """A model that doubles numbers. Its first pass waits for `release`, so that further inputs queue up."""

    def __init__(self, fails: Callable[[Sequence[int]], None] = lambda _: None) -> None:
        self.sizes: list[int] = []
        self.started, self.release = threading.Event(), threading.Event()
        self._fails = fails

    def __call__(self, inputs: Sequence[int]) -> list[int]:
        self.sizes.append(len(inputs))
        self.started.set()
        assert self.release.wait(_SOON)
        self._fails(inputs)
        return [2 * number for number in inputs]


def refuse_bad_input(inputs: Sequence[int]) -> None:
    if BAD in inputs:
        raise ValueError("a bad page")


@contextmanager
def submit_behind_first_pass(
    passes: Passes, inputs: Sequence[int], size: int = 8
) -> Iterator[list[Future[BatchResult[int]]]]:
    """Queue these inputs, one thread each, behind a pass that runs already. Then release all passes."""
    batcher = Batcher(passes, size=size, wait_seconds=0.05)
    with ThreadPoolExecutor(len(inputs) + 1) as threads:
        first = threads.submit(batcher, 0)
        assert passes.started.wait(_SOON)
        others = [threads.submit(batcher, number) for number in inputs]
        wait_for(lambda: batcher.queue_size == len(inputs), within=_SOON)
        passes.release.set()
        assert first.result(_SOON).output == 0
        yield others


def test_inputs_that_arrive_during_a_pass_share_the_next_one() -> None:
    passes = Passes()
    with submit_behind_first_pass(passes, range(1, 6)) as others:
        answers = [other.result(_SOON) for other in others]
    assert [answer.output for answer in answers] == [2, 4, 6, 8, 10]
    assert {answer.batch_size for answer in answers} == {5}
    assert passes.sizes == [1, 5]


def test_pass_has_at_most_the_batch_size() -> None:
    passes = Passes()
    with submit_behind_first_pass(passes, range(1, 8), size=3) as others:
        assert [other.result(_SOON).output for other in others] == [2, 4, 6, 8, 10, 12, 14]
    assert passes.sizes == [1, 3, 3, 1]


def test_single_input_runs_alone_after_the_wait() -> None:
    passes = Passes()
    passes.release.set()
    answer = Batcher(passes, size=8, wait_seconds=0.05)(21)
    assert (answer.output, answer.batch_size) == (42, 1)
    assert answer.wait_seconds >= 0.05
    assert answer.pass_seconds >= 0


def test_bad_page_in_a_batch_of_eight_fails_alone() -> None:
    passes = Passes(refuse_bad_input)
    with submit_behind_first_pass(passes, [1, 2, 3, BAD, 5, 6, 7, 8]) as others:
        for number, other in zip([1, 2, 3, BAD, 5, 6, 7, 8], others, strict=True):
            if number == BAD:
                with pytest.raises(ValueError, match="a bad page"):
                    other.result(_SOON)
            else:
                assert other.result(_SOON).output == 2 * number
    assert sorted(passes.sizes) == [1, 1, 1, 2, 2, 4, 4, 8], "failing batches are halved until the bad page is alone"


def test_page_after_a_bad_page_succeeds() -> None:
    passes = Passes(refuse_bad_input)
    passes.release.set()
    batcher = Batcher(passes, size=8, wait_seconds=0)
    with pytest.raises(ValueError, match="a bad page"):
        batcher(BAD)
    assert batcher(4).output == 8


def test_wrong_number_of_outputs_is_an_error() -> None:
    batcher: Batcher[int, int] = Batcher(lambda _: [1, 2], size=1, wait_seconds=0)
    with pytest.raises(ValueError, match="longer than"):
        batcher(1)


class OutOfMemoryError(RuntimeError):
    """An error with the name of torch's."""


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemoryError("CUDA out of batching. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
        RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        MemoryError(),
    ],
    ids=["of a GPU", "of a CPU", "of cuBLAS", "of cuDNN", "of Python"],
)
def test_out_of_memory_halves_this_and_later_batches(error: Exception) -> None:
    def exhaust_memory(inputs: Sequence[int]) -> None:
        if len(inputs) > 2:
            raise error

    passes = Passes(exhaust_memory)
    with submit_behind_first_pass(passes, range(1, 13)) as others:
        assert [other.result(_SOON).output for other in others] == [2 * number for number in range(1, 13)]
    assert passes.sizes == [1, 8, 4, 2, 2, 2, 2, 2, 2], "after batches of 8 and 4 failed, neither size is tried again"


def test_page_that_does_not_fit_alone_fails_with_memory_error() -> None:
    def exhaust_memory(_: Sequence[int]) -> None:
        raise MemoryError

    passes = Passes(exhaust_memory)
    passes.release.set()
    with pytest.raises(MemoryError):
        Batcher(passes, size=8, wait_seconds=0)(1)


class Tensor:
    """An object that a pass holds in memory."""


def fail(tensor: Tensor) -> None:
    raise RuntimeError(f"out of memory, with {tensor}")


def fail_with_cause(tensor: Tensor) -> None:
    try:
        fail(tensor)
    except RuntimeError as error:
        raise MemoryError from error


def fail_with_circular_cause(tensor: Tensor) -> None:
    try:
        fail(tensor)
    except RuntimeError as error:
        raise error from error  # a circular chain of causes


@pytest.mark.parametrize("fail_pass", [fail, fail_with_cause, fail_with_circular_cause])
def test_memory_of_a_failed_pass_is_freed_before_the_next(fail_pass: Callable[[Tensor], None]) -> None:
    held: list[weakref.ref[Tensor]] = []
    still_held: list[int] = []

    def exhaust_memory(inputs: Sequence[int]) -> None:
        still_held.append(sum(reference() is not None for reference in held))
        if len(inputs) > 1:
            tensor = Tensor()
            held.append(weakref.ref(tensor))
            fail_pass(tensor)

    passes = Passes(exhaust_memory)
    with submit_behind_first_pass(passes, range(1, 5)) as others:
        assert [other.result(_SOON).output for other in others] == [2, 4, 6, 8]
    assert still_held == [0] * 7, "for passes of 1, 4, 2, 1, 1, 1 and 1 inputs"


def test_full_batch_size_is_tried_again_after_a_while() -> None:
    now = [0.0]
    limit = batching.BatchSizeLimit(8, lambda: now[0])
    limit.reduce(8)
    limit.reduce(4)
    assert limit.get_current() == 2
    now[0] = batching.REDUCED_SECONDS
    assert limit.get_current() == 8


def test_limit_is_at_least_one_page() -> None:
    limit = batching.BatchSizeLimit(8)
    limit.reduce(1)
    assert limit.get_current() == 1


def test_other_errors_are_not_out_of_memory() -> None:
    assert not device_errors.is_out_of_memory(RuntimeError("shape mismatch"))
    assert not device_errors.is_out_of_memory(ValueError("out of memory"))


def test_each_of_many_threads_gets_its_own_output() -> None:
    seen: list[int] = []

    def run_pass(inputs: Sequence[int]) -> list[int]:
        if any(number % 10 == 7 for number in inputs):
            raise ValueError("a bad page")
        if len(inputs) > 5:
            raise MemoryError
        seen.extend(inputs)
        return [2 * number for number in inputs]

    batcher = Batcher(run_pass, size=8, wait_seconds=0.001)

    def ask(number: int) -> int | None:
        try:
            return batcher(number).output
        except ValueError:
            return None

    numbers = list(range(2000))
    Random(4711).shuffle(numbers)  # noqa: S311  # any order will do
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, numbers))
    assert answers == [None if number % 10 == 7 else 2 * number for number in numbers]
    assert sorted(seen) == [number for number in range(2000) if number % 10 != 7]
