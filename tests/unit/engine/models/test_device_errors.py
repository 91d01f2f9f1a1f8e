"""Errors of torch about a full or lost GPU are recognized by their class names."""

import threading
from collections.abc import Sequence

import pytest
import torch

from functions.engine.models import batching
from functions.engine.models.batching import Batcher
from functions.engine.models.device_errors import is_device_lost, is_out_of_memory

_SOON = 10.0


def test_gpu_out_of_memory_is_not_lost() -> None:
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    assert (is_out_of_memory(error), is_device_lost(error)) == (True, False)


def test_driver_out_of_memory_is_not_lost() -> None:
    error = torch.AcceleratorError("CUDA error: out of memory")
    assert (is_out_of_memory(error), is_device_lost(error)) == (True, False)


def test_gpu_after_a_device_side_assert_is_lost() -> None:
    error = torch.AcceleratorError("CUDA error: device-side assert triggered")
    assert (is_out_of_memory(error), is_device_lost(error)) == (False, True)


def test_lost_device_exits_before_any_page_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def exit_and_block(_: BaseException) -> None:
        ended.set()
        threading.Event().wait()  # the real function never returns

    def lose_device(_: Sequence[int]) -> Sequence[int]:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(batching, "exit_process", exit_and_block)
    batcher = Batcher(lose_device, size=8, wait_seconds=0)
    threading.Thread(target=batcher, args=[1], daemon=True).start()
    assert ended.wait(_SOON)


def test_full_device_does_not_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def run_out_of_memory(_: Sequence[int]) -> Sequence[int]:
        raise torch.AcceleratorError("CUDA error: out of memory")

    monkeypatch.setattr(batching, "exit_process", lambda _: ended.set())
    with pytest.raises(torch.AcceleratorError):
        Batcher(run_out_of_memory, size=8, wait_seconds=0)(1)
    assert not ended.is_set()
