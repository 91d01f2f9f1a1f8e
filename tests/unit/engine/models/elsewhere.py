"""A device that is not the CPU, though the CPU computes for it: it refuses what a GPU refuses.

Its tensors hold tensors of the CPU and say that they are on `cuda:0`; an operation on tensors of both is an error. It
shows that nothing is left behind on the CPU, and nothing about how a GPU computes. It holds for one thread.
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
_CPU, _ELSEWHERE = torch.device("cpu"), torch.device("cuda", 0)
#: From one device to the other.
_CROSSING = (_ATEN._to_copy.default, _ATEN.copy_.default)  # noqa: SLF001  # their names
#: Here a GPU takes numbers of rows from the CPU.
_INDEXING = (_ATEN.index.Tensor, _ATEN.index_put.default, _ATEN.index_put_.default)


class Elsewhere(torch.Tensor):  # type: ignore[misc]  # torch is without types to us
    """A tensor of that device."""

    held: Any

    def __new__(cls, held: Any) -> Self:
        told = {"strides": held.stride(), "storage_offset": held.storage_offset(), "dtype": held.dtype}
        made: Self = torch.Tensor._make_wrapper_subclass(cls, held.size(), device=_ELSEWHERE, **told)  # noqa: SLF001  # its way
        made.held = held
        return made

    def __repr__(self) -> str:
        return f"Elsewhere({self.held!r})"

    def tolist(self) -> Any:
        return self.held.tolist()

    @classmethod
    def __torch_dispatch__(cls, operation: Any, _: Any, given: Any = (), named: Any = None) -> Any:
        return _run(operation, given, named or {})


class _Operations(TorchDispatchMode):  # type: ignore[misc]  # the same
    """Those that make tensors of nothing come by here."""

    def __torch_dispatch__(self, operation: Any, _: Any, given: Any = (), named: Any = None) -> Any:
        return _run(operation, given, named or {})


class _Making(TorchFunctionMode):  # type: ignore[misc]  # the same
    """`torch.tensor` of numbers that are elsewhere would ask a real driver for them."""

    def __torch_function__(self, function: Any, _: Any, given: Any = (), named: Any = None) -> Any:
        if function is torch.tensor:
            return function(_numbers(given[0]), *given[1:], **(named or {}))
        return function(*given, **(named or {}))


@contextmanager
def elsewhere(model: Any, patch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The model moves to that device, which is there for as long as the context lasts."""
    patch.setattr(torch.cuda, "_lazy_init", lambda: None)
    patch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))  # which chooses what every GPU can compute
    patch.setattr(torch.backends.cudnn, "enabled", False)  # it has operations that the CPU has not
    patch.setattr(torch, "inference_mode", torch.no_grad)  # whose tensors cannot be held by others
    torch._C._ensureCUDADeviceGuardSet()  # noqa: SLF001  # as torch's own FakeTensor does
    torch._C._set_only_lift_cpu_tensors(True)  # noqa: FBT003, SLF001  # the same
    try:
        with _Operations(), _Making():
            _move(model)
            yield _ELSEWHERE
    finally:
        torch._C._set_only_lift_cpu_tensors(False)  # noqa: FBT003, SLF001  # the same


def _move(model: Any) -> None:
    for module in model.modules():
        for tensors in (module._parameters, module._buffers):  # noqa: SLF001  # `to` would ask for a driver
            tensors.update({name: Elsewhere(tensor.detach()) for name, tensor in tensors.items() if tensor is not None})


def _run(operation: Any, given: Any, named: dict[str, Any]) -> Any:
    tensors = [leaf for leaf in tree_leaves((given, named)) if isinstance(leaf, torch.Tensor)]
    there = any(isinstance(tensor, Elsewhere) for tensor in tensors)
    if operation in _CROSSING:
        there = isinstance(given[0], Elsewhere)
    elif there:
        _refuse_mixtures(operation, tensors)
    if named.get("device") is not None:
        there, named = torch.device(named["device"]).type == _ELSEWHERE.type, {**named, "device": _CPU}
    found = _computed(operation, *tree_map(_here, (given, named)))
    if not there:
        return found
    in_place = {id(tensor.held): tensor for tensor in tensors if isinstance(tensor, Elsewhere)}
    return tree_map(lambda leaf: in_place[id(leaf)] if id(leaf) in in_place else _there(leaf), found)


def _refuse_mixtures(operation: Any, tensors: list[Any]) -> None:
    for tensor in tensors:
        indices = operation in _INDEXING and tensor.dtype in (torch.int64, torch.bool)
        if tensor.dim() and not (isinstance(tensor, Elsewhere) or indices):
            raise RuntimeError(f"Expected all tensors to be on the same device: {operation} of {list(tensor.shape)}")


def _computed(operation: Any, given: Any, named: dict[str, Any]) -> Any:
    if operation is _ATEN.histc.default:  # of integers on a GPU, of fractions on a CPU
        return operation(given[0].float(), *given[1:], **named).to(given[0].dtype)
    return operation(*given, **named)


def _here(leaf: Any) -> Any:
    return leaf.held if isinstance(leaf, Elsewhere) else leaf


def _there(leaf: Any) -> Any:
    return Elsewhere(leaf) if isinstance(leaf, torch.Tensor) else leaf


def _numbers(data: Any) -> Any:
    if isinstance(data, list | tuple):
        return [_numbers(each) for each in data]
    return data.held.item() if isinstance(data, Elsewhere) else data
