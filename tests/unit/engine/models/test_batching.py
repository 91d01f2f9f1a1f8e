"""Threads share forward passes, and what is bad about one input is nobody else's business."""

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest

from functions.engine.models import memory
from functions.engine.models.batching import Batcher, Shared
from tests.kit import eventually

_SOON = 10.0
BAD = -1


class Passes:
    """A model of numbers, which doubles them. The first pass waits until it is let go, so that others gather."""

    def __init__(self, fails: Callable[[Sequence[int]], None] = lambda _: None) -> None:
        self.sizes: list[int] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self._fails = fails

    def __call__(self, inputs: Sequence[int]) -> list[int]:
        self.sizes.append(len(inputs))
        self.begun.set()
        assert self.go.wait(_SOON)
        self._fails(inputs)
        return [2 * number for number in inputs]


def spoiled(inputs: Sequence[int]) -> None:
    if BAD in inputs:
        raise ValueError("a bad page")


@contextmanager
def asked(passes: Passes, inputs: Sequence[int], size: int = 8) -> Iterator[list[Future[Shared[int]]]]:
    """One input that is under way, and behind it these, each of a thread of its own; all of them let go."""
    batcher = Batcher(passes, size=size, wait_seconds=0.05)
    with ThreadPoolExecutor(len(inputs) + 1) as threads:
        first = threads.submit(batcher, 0)
        assert passes.begun.wait(_SOON)
        others = [threads.submit(batcher, number) for number in inputs]
        eventually(lambda: batcher.waiting == len(inputs), within=_SOON)
        passes.go.set()
        assert first.result(_SOON).output == 0
        yield others


def test_what_comes_while_a_pass_runs_shares_the_next_one() -> None:
    passes = Passes()
    with asked(passes, range(1, 6)) as others:
        answers = [other.result(_SOON) for other in others]
    assert [answer.output for answer in answers] == [2, 4, 6, 8, 10]
    assert {answer.batch for answer in answers} == {5}
    assert passes.sizes == [1, 5]


def test_a_pass_takes_no_more_than_its_size() -> None:
    passes = Passes()
    with asked(passes, range(1, 8), size=3) as others:
        assert [other.result(_SOON).output for other in others] == [2, 4, 6, 8, 10, 12, 14]
    assert passes.sizes == [1, 3, 3, 1]


def test_an_input_that_nobody_joins_goes_alone_after_its_wait() -> None:
    passes = Passes()
    passes.go.set()
    answer = Batcher(passes, size=8, wait_seconds=0.05)(21)
    assert (answer.output, answer.batch) == (42, 1)
    assert answer.wait >= 0.05
    assert answer.seconds >= 0


def test_one_bad_page_in_a_batch_of_eight_fails_alone() -> None:
    passes = Passes(spoiled)
    with asked(passes, [1, 2, 3, BAD, 5, 6, 7, 8]) as others:
        for number, other in zip([1, 2, 3, BAD, 5, 6, 7, 8], others, strict=True):
            if number == BAD:
                with pytest.raises(ValueError, match="a bad page"):
                    other.result(_SOON)
            else:
                assert other.result(_SOON).output == 2 * number
    assert sorted(passes.sizes) == [1, 1, 1, 2, 2, 4, 4, 8], "halves, and no page alone that need not be"


def test_the_pages_after_a_bad_one_are_read_as_if_it_had_not_been() -> None:
    passes = Passes(spoiled)
    passes.go.set()
    batcher = Batcher(passes, size=8, wait_seconds=0)
    with pytest.raises(ValueError, match="a bad page"):
        batcher(BAD)
    assert batcher(4).output == 8


def test_outputs_that_are_not_as_many_as_the_inputs_are_nobodys() -> None:
    batcher: Batcher[int, int] = Batcher(lambda _: [1, 2], size=1, wait_seconds=0)
    with pytest.raises(ValueError, match="longer than"):
        batcher(1)


class OutOfMemoryError(RuntimeError):
    """Called as torch's is."""


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
        RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        MemoryError(),
    ],
    ids=["of a GPU", "of a CPU", "of cuBLAS", "of cuDNN", "of Python"],
)
def test_out_of_memory_halves_the_batch_and_goes_on_and_is_remembered(error: Exception) -> None:
    def short(inputs: Sequence[int]) -> None:
        if len(inputs) > 2:
            raise error

    passes = Passes(short)
    with asked(passes, range(1, 13)) as others:
        assert [other.result(_SOON).output for other in others] == [2 * number for number in range(1, 13)]
    assert passes.sizes == [1, 8, 4, 2, 2, 2, 2, 2, 2], "after 8 and 4 were too much, it tries neither again"


def test_a_page_that_does_not_fit_alone_fails_with_what_was_short() -> None:
    def short(_: Sequence[int]) -> None:
        raise MemoryError

    passes = Passes(short)
    passes.go.set()
    with pytest.raises(MemoryError):
        Batcher(passes, size=8, wait_seconds=0)(1)


class Tensor:
    """What a pass holds."""


def fails(tensor: Tensor) -> None:
    raise RuntimeError(f"out of memory, with {tensor}")


def fails_for_a_reason(tensor: Tensor) -> None:
    try:
        fails(tensor)
    except RuntimeError as error:
        raise MemoryError from error


def fails_for_itself(tensor: Tensor) -> None:
    try:
        fails(tensor)
    except RuntimeError as error:
        raise error from error  # a circle


@pytest.mark.parametrize("fail", [fails, fails_for_a_reason, fails_for_itself])
def test_what_a_failed_pass_held_is_free_before_the_next_one_begins(fail: Callable[[Tensor], None]) -> None:
    held: list[weakref.ref[Tensor]] = []
    still_held: list[int] = []

    def short(inputs: Sequence[int]) -> None:
        still_held.append(sum(reference() is not None for reference in held))
        if len(inputs) > 1:
            tensor = Tensor()
            held.append(weakref.ref(tensor))
            fail(tensor)

    passes = Passes(short)
    with asked(passes, range(1, 5)) as others:
        assert [other.result(_SOON).output for other in others] == [2, 4, 6, 8]
    assert still_held == [0] * 7, "of passes with 1, then 4, 2, 1, 1, 1 and 1"


def test_what_was_too_much_is_tried_again_after_a_while() -> None:
    now = [0.0]
    limit = memory.Limit(8, lambda: now[0])
    limit.lower(8)
    limit.lower(4)
    assert limit.now() == 2
    now[0] = memory.REMEMBERED_SECONDS
    assert limit.now() == 8


def test_a_limit_never_falls_below_one_page() -> None:
    limit = memory.Limit(8)
    limit.lower(1)
    assert limit.now() == 1


def test_other_failures_are_no_lack_of_memory() -> None:
    assert not memory.out_of_memory(RuntimeError("shape mismatch"))
    assert not memory.out_of_memory(ValueError("out of memory"))


def test_under_many_threads_nothing_is_lost_doubled_or_given_to_another() -> None:
    seen: list[int] = []

    def passes(inputs: Sequence[int]) -> list[int]:
        if any(number % 10 == 7 for number in inputs):
            raise ValueError("a bad page")
        if len(inputs) > 5:
            raise MemoryError
        seen.extend(inputs)
        return [2 * number for number in inputs]

    batcher = Batcher(passes, size=8, wait_seconds=0.001)

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
