"""Models on another device keep all their tensors there. The device is a fake GPU: fake_gpu.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from functions.deepseek.reader import ADAPTERS
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.models.checkpoint import Checkpoint, load_checkpoint
from functions.engine.models.generation import generate_texts
from functions.engine.models.settings import ModelSettings
from functions.gotocr.reader import build_adapter
from functions.gotocr.settings import GotOcrSettings
from functions.surya.inference import ModelRequest
from functions.surya.library import PROMPT_MAPPING, PROMPT_TYPE_HIGH_ACCURACY_BBOX, scale_to_fit
from functions.surya.local_model import prepare_inputs
from functions.surya.regions import LayoutModel
from functions.surya.settings import SuryaSettings
from tests.checkpoints.lines import LINES, MODELS_DIR, render_images
from tests.checkpoints.surya_places import save_layout_model
from tests.unit.engine.models.fake_gpu import FakeGpuTensor, move_to_fake_gpu

PrepareInputs = Callable[[Any, list[Any]], Any]


def prepare_surya(processor: Any, seen: list[Any]) -> Any:
    prompt = PROMPT_MAPPING[PROMPT_TYPE_HIGH_ACCURACY_BBOX]
    return prepare_inputs(processor, [ModelRequest(scale_to_fit(picture), prompt, 80) for picture in seen])


MODELS: dict[str, tuple[type[ModelSettings], PrepareInputs]] = {
    "got": (GotOcrSettings, build_adapter(formatted=False).prepare_inputs),
    "janus": (DeepSeekSettings, ADAPTERS["janus"].prepare_inputs),
    "deepseek": (DeepSeekSettings, ADAPTERS["deepseek_ocr2"].prepare_inputs),
    "surya": (SuryaSettings, prepare_surya),
}


def load_model(model: str) -> tuple[Checkpoint, Any]:
    """Return the model in bfloat16, as on a GPU, and its inputs, which are still on the CPU."""
    settings, prepare = MODELS[model]
    given: dict[str, Any] = {"kafka_bootstrap_servers": "nowhere:9092", "model_dir": MODELS_DIR / model}
    checkpoint = load_checkpoint(settings(device="cpu", dtype="bfloat16", **given))
    return checkpoint, prepare(checkpoint.processor, render_images())


@pytest.mark.parametrize("model", MODELS)
def test_model_on_another_device_leaves_nothing_on_the_cpu(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, inputs = load_model(model)
    with move_to_fake_gpu(checkpoint.model, monkeypatch) as device:
        on_device = checkpoint._replace(device=device)
        options: dict[str, Any] = {"end_of_text": "<|im_end|>", "encode_singly": True} if model == "got" else {}
        written = generate_texts(on_device, inputs, max_new_tokens=80, max_seconds=60, **options)
    assert [line in page.text for line, page in zip(LINES, written, strict=True)] == [True] * len(LINES)
    assert all(page.probability > 0.9 and not page.is_cut_off for page in written)


def test_regions_are_the_same_on_another_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_layout_model(tmp_path)
    find = LayoutModel(tmp_path)
    expected = find(render_images())
    with move_to_fake_gpu(find._model, monkeypatch):  # noqa: SLF001  # the class has no setting for it
        regions = find(render_images())
    assert expected[0]
    assert regions == expected


def test_input_left_on_the_cpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, inputs = load_model("got")
    with (
        move_to_fake_gpu(checkpoint.model, monkeypatch),
        pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"),
    ):
        checkpoint.model(**inputs.to(dtype=torch.bfloat16))
    assert isinstance(checkpoint.model.get_input_embeddings().weight, FakeGpuTensor)
