"""Measure the memory of a pass of a large model by the sizes of its tensors, without a GPU and without computing."""

import json
import weakref
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary
from transformers import AutoConfig, AutoModelForImageTextToText

from functions.engine.models.generation import encode_images_singly
from tests.bench.gpu.published_models import PUBLISHED, build_configuration
from tests.checkpoints.lines import MODELS_DIR

_GIB = 1 << 30


class MemoryCounter(TorchDispatchMode):  # type: ignore[misc]  # torch has no types
    """A counter of the bytes that tensors hold now; `peak` is the maximum."""

    def __init__(self) -> None:
        super().__init__()
        self.current, self.peak = 0, 0
        self._known = WeakIdKeyDictionary()

    def __torch_dispatch__(self, operation: Any, _: Any, given: Any = (), named: Any = None) -> Any:
        outputs = operation(*given, **(named or {}))
        for tensor in tree_leaves(outputs):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return outputs

    def _count(self, storage: Any) -> None:
        if storage not in self._known:
            self._known[storage] = True
            self._add(storage.nbytes())
            weakref.finalize(storage, self._add, -storage.nbytes())

    def _add(self, size: int) -> None:
        self.current += size
        self.peak = max(self.peak, self.current)


def build_got() -> Any:
    """Return GOT-OCR 2.0 in its published size, with tensors without contents."""
    tiny = json.loads((MODELS_DIR / "got" / "config.json").read_text("utf-8"))
    config = AutoConfig.for_model(**build_configuration(tiny, PUBLISHED["got"]))
    with torch.device("cuda"):
        return AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16).eval()


def measure_encoder_gib(pages: int, *, singly: bool) -> float:
    """Return the memory that the encoder needs for this number of pages, without its weights."""
    with FakeTensorMode(), torch.no_grad():
        model = build_got()
        images = torch.empty(pages, 3, 1024, 1024, device="cuda", dtype=torch.bfloat16)
        with MemoryCounter() as counter:
            if singly:
                encode_images_singly(model, images)
            else:
                model.base_model.get_image_features(pixel_values=images, return_dict=True)
    return float(counter.peak / _GIB)


def test_eight_pages_encoded_singly_need_little_more_than_one() -> None:
    assert measure_encoder_gib(8, singly=True) < 1.1 * measure_encoder_gib(1, singly=True) < 3


def test_eight_pages_encoded_together_exceed_16_gib() -> None:
    assert measure_encoder_gib(8, singly=False) > 16
