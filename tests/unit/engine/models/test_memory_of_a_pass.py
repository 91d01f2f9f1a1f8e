"""What a pass of a large model takes, counted by the sizes of its tensors: nothing is computed, and no GPU needed."""

import json
import weakref
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary
from transformers import AutoConfig, AutoModelForImageTextToText

from functions.engine.models.generation import seen_singly
from tests.bench.gpu.published import PUBLISHED, configuration
from tests.checkpoints.lines import HOME

_GIB = 1 << 30


class Held(TorchDispatchMode):  # type: ignore[misc]  # torch is without types to us
    """Bytes that tensors hold at the same time; `most` is what they came to."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.most = 0, 0
        self._known = WeakIdKeyDictionary()

    def __torch_dispatch__(self, operation: Any, _: Any, given: Any = (), named: Any = None) -> Any:
        found = operation(*given, **(named or {}))
        for tensor in tree_leaves(found):
            if isinstance(tensor, torch.Tensor):
                self._take(tensor.untyped_storage())
        return found

    def _take(self, storage: Any) -> None:
        if storage not in self._known:
            self._known[storage] = True
            self._add(storage.nbytes())
            weakref.finalize(storage, self._add, -storage.nbytes())

    def _add(self, size: int) -> None:
        self.now += size
        self.most = max(self.most, self.now)


def got() -> Any:
    """GOT-OCR 2.0 as it is published, of tensors without contents."""
    tiny = json.loads((HOME / "got" / "config.json").read_text("utf-8"))
    config = AutoConfig.for_model(**configuration(tiny, PUBLISHED["got"]))
    with torch.device("cuda"):
        return AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16).eval()


def gib(pages: int, *, singly: bool) -> float:
    """That its encoder takes for so many, beside its weights."""
    with FakeTensorMode(), torch.no_grad():
        model = got()
        pictures = torch.empty(pages, 3, 1024, 1024, device="cuda", dtype=torch.bfloat16)
        with Held() as held:
            if singly:
                seen_singly(model, pictures)
            else:
                model.base_model.get_image_features(pixel_values=pictures, return_dict=True)
    return float(held.most / _GIB)


def test_eight_pages_that_are_seen_one_by_one_take_hardly_more_than_one() -> None:
    assert gib(8, singly=True) < 1.1 * gib(1, singly=True) < 3


def test_seen_together_they_would_not_fit_into_16_gib() -> None:
    assert gib(8, singly=False) > 16
