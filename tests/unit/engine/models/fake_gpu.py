"""A fake GPU: the CPU computes, but operations that a GPU refuses are errors.

Its tensors wrap tensors of the CPU and report the device `cuda:0`. An operation on tensors of both devices is an error.
A test with it proves that nothing remains on the CPU, and nothing about how a GPU computes. It works in one thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

_ATEN = torch.ops.aten
_CPU, _FAKE_GPU = torch.device("cpu"), torch.device("cuda", 0)
#: Operations that copy a tensor from one device to the other.
_COPY_OPERATIONS = (_ATEN._to_copy.default, _ATEN.copy_.default)  # noqa: SLF001  # an operation has no public name
#: Operations whose indexes a GPU accepts from the CPU.
_INDEX_OPERATIONS = (_ATEN.index.Tensor, _ATEN.index_put.default, _ATEN.index_put_.default)


class FakeGpuTensor(torch.Tensor):  # type: ignore[misc]  # torch has no types
    """A tensor of the fake GPU."""

    wrapped: Any

    def __new__(cls, wrapped: Any) -> Self:
        layout = {"strides": wrapped.stride(), "storage_offset": wrapped.storage_offset(), "dtype": wrapped.dtype}
        tensor: Self = torch.Tensor._make_wrapper_subclass(cls, wrapped.size(), device=_FAKE_GPU, **layout)  # noqa: SLF001  # the only way to wrap
        tensor.wrapped = wrapped
        return tensor

    def __repr__(self) -> str:
        return f"FakeGpuTensor({self.wrapped!r})"

    def tolist(self) -> Any:
        return self.wrapped.tolist()

    @classmethod
    def __torch_dispatch__(cls, operation: Any, _: Any, arguments: Any = (), options: Any = None) -> Any:
        return _run_operation(operation, arguments, options or {})


class _OperationMode(TorchDispatchMode):  # type: ignore[misc]  # the same
    """A mode that intercepts operations that create tensors without any input tensor."""

    def __torch_dispatch__(self, operation: Any, _: Any, arguments: Any = (), options: Any = None) -> Any:
        return _run_operation(operation, arguments, options or {})


class _TensorFactory(TorchFunctionMode):  # type: ignore[misc]  # the same
    """A mode that intercepts `torch.tensor`, which would request numbers on the fake GPU from a real driver."""

    def __torch_function__(self, function: Any, _: Any, arguments: Any = (), options: Any = None) -> Any:
        if function is torch.tensor:
            return function(_extract_numbers(arguments[0]), *arguments[1:], **(options or {}))
        return function(*arguments, **(options or {}))


@contextmanager
def move_to_fake_gpu(model: Any, patch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Move the model to the fake GPU, which exists until the context ends, and yield its device."""
    patch.setattr(torch.cuda, "_lazy_init", lambda: None)
    patch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))  # a capability without optional features
    patch.setattr(torch.backends.cudnn, "enabled", False)  # it has operations that the CPU does not have
    patch.setattr(torch, "inference_mode", torch.no_grad)  # inference tensors cannot be wrapped
    torch._C._ensureCUDADeviceGuardSet()  # noqa: SLF001  # as torch's own FakeTensor does
    torch._C._set_only_lift_cpu_tensors(True)  # noqa: FBT003, SLF001  # the same
    try:
        with _OperationMode(), _TensorFactory():
            _move(model)
            yield _FAKE_GPU
    finally:
        torch._C._set_only_lift_cpu_tensors(False)  # noqa: FBT003, SLF001  # the same


def _move(model: Any) -> None:
    for module in model.modules():
        for tensors in (module._parameters, module._buffers):  # noqa: SLF001  # `to` would ask for a driver
            tensors.update(
                {name: FakeGpuTensor(tensor.detach()) for name, tensor in tensors.items() if tensor is not None}
            )


def _run_operation(operation: Any, arguments: Any, options: dict[str, Any]) -> Any:
    tensors = [leaf for leaf in tree_leaves((arguments, options)) if isinstance(leaf, torch.Tensor)]
    is_on_gpu = any(isinstance(tensor, FakeGpuTensor) for tensor in tensors)
    if operation in _COPY_OPERATIONS:
        is_on_gpu = isinstance(arguments[0], FakeGpuTensor)
    elif is_on_gpu:
        _refuse_mixed_devices(operation, tensors)
    if options.get("device") is not None:
        is_on_gpu, options = torch.device(options["device"]).type == _FAKE_GPU.type, {**options, "device": _CPU}
    result = _compute(operation, *tree_map(_unwrap, (arguments, options)))
    if not is_on_gpu:
        return result
    in_place = {id(tensor.wrapped): tensor for tensor in tensors if isinstance(tensor, FakeGpuTensor)}
    return tree_map(lambda leaf: in_place[id(leaf)] if id(leaf) in in_place else _wrap(leaf), result)


def _refuse_mixed_devices(operation: Any, tensors: list[Any]) -> None:
    for tensor in tensors:
        indices = operation in _INDEX_OPERATIONS and tensor.dtype in (torch.int64, torch.bool)
        if tensor.dim() and not (isinstance(tensor, FakeGpuTensor) or indices):
            raise RuntimeError(f"Expected all tensors to be on the same device: {operation} of {list(tensor.shape)}")


def _compute(operation: Any, arguments: Any, options: dict[str, Any]) -> Any:
    if operation is _ATEN.histc.default:  # of integers on a GPU, of fractions on a CPU
        return operation(arguments[0].float(), *arguments[1:], **options).to(arguments[0].dtype)
    return operation(*arguments, **options)


def _unwrap(leaf: Any) -> Any:
    return leaf.wrapped if isinstance(leaf, FakeGpuTensor) else leaf


def _wrap(leaf: Any) -> Any:
    return FakeGpuTensor(leaf) if isinstance(leaf, torch.Tensor) else leaf


def _extract_numbers(data: Any) -> Any:
    if isinstance(data, list | tuple):
        return [_extract_numbers(each) for each in data]
    return data.wrapped.item() if isinstance(data, FakeGpuTensor) else data
