"""Models that are not on the CPU read with everything on their device. The device is made up: elsewhere.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from functions.deepseek.reader import QUESTIONS
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.models.checkpoint import Checkpoint, load
from functions.engine.models.generation import generate
from functions.engine.models.settings import ModelSettings
from functions.gotocr.reader import question
from functions.gotocr.settings import GotOcrSettings
from functions.surya.library import PROMPT_MAPPING, PROMPT_TYPE_HIGH_ACCURACY_BBOX, scale_to_fit
from functions.surya.local import inputs
from functions.surya.questions import Question
from functions.surya.regions import Layout
from functions.surya.settings import SuryaSettings
from tests.checkpoints.lines import HOME, LINES, pictures
from tests.checkpoints.surya_places import layout
from tests.unit.engine.models.elsewhere import Elsewhere, elsewhere

Inputs = Callable[[Any, list[Any]], Any]


def of_surya(processor: Any, seen: list[Any]) -> Any:
    prompt = PROMPT_MAPPING[PROMPT_TYPE_HIGH_ACCURACY_BBOX]
    return inputs(processor, [Question(scale_to_fit(picture), prompt, 80) for picture in seen])


MODELS: dict[str, tuple[type[ModelSettings], Inputs]] = {
    "got": (GotOcrSettings, question(formatted=False).inputs),
    "janus": (DeepSeekSettings, QUESTIONS["janus"].inputs),
    "deepseek": (DeepSeekSettings, QUESTIONS["deepseek_ocr2"].inputs),
    "surya": (SuryaSettings, of_surya),
}


def loaded(model: str) -> tuple[Checkpoint, Any]:
    """As a GPU would have it, in bfloat16, and its inputs, still on the CPU."""
    settings, make = MODELS[model]
    given: dict[str, Any] = {"kafka_bootstrap_servers": "nowhere:9092", "model_dir": HOME / model}
    checkpoint = load(settings(device="cpu", dtype="bfloat16", **given))
    return checkpoint, make(checkpoint.processor, pictures())


@pytest.mark.parametrize("model", MODELS)
def test_a_model_reads_elsewhere_with_nothing_left_on_the_cpu(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, asked = loaded(model)
    with elsewhere(checkpoint.model, monkeypatch) as device:
        there = checkpoint._replace(device=device)
        how: dict[str, Any] = {"end": "<|im_end|>", "singly": True} if model == "got" else {}
        written = generate(there, asked, max_new_tokens=80, max_seconds=60, **how)
    assert [line in page.text for line, page in zip(LINES, written, strict=True)] == [True] * len(LINES)
    assert all(page.probability > 0.9 and not page.cut for page in written)


def test_regions_are_found_elsewhere_as_they_are_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout(tmp_path)
    find = Layout(tmp_path)
    here = find(pictures())
    with elsewhere(find._model, monkeypatch):  # noqa: SLF001  # nobody else may choose where it is
        there = find(pictures())
    assert here[0]
    assert there == here


def test_what_is_left_on_the_cpu_is_refused_there_as_by_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, asked = loaded("got")
    with (
        elsewhere(checkpoint.model, monkeypatch),
        pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"),
    ):
        checkpoint.model(**asked.to(dtype=torch.bfloat16))
    assert isinstance(checkpoint.model.get_input_embeddings().weight, Elsewhere)
