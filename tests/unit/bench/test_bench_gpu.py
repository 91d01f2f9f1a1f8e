"""Tests of the GPU benchmark: its models have the published sizes and the tokens of the tiny models."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor

from functions.engine.models.batching import Batcher
from functions.engine.reader import Raster
from tests.bench.gpu.failures import record_answers
from tests.bench.gpu.passes import Pass, render_a4_page
from tests.bench.gpu.published_models import PUBLISHED, PublishedModel, build_configuration, write_checkpoint
from tests.checkpoints.lines import MODELS_DIR

#: Billions of parameters, from the authors. For Surya: the smallest of its family, which has more words than Surya.
BILLIONS = {"got": 0.56, "janus-1b": 2.1, "deepseek": 3.4, "surya": 0.85, "janus-7b": 7.4}


def load_configuration(published: PublishedModel) -> Any:
    tiny = json.loads((MODELS_DIR / published.tiny / "config.json").read_text("utf-8"))
    return AutoConfig.for_model(**build_configuration(tiny, published))


@pytest.mark.parametrize("model", PUBLISHED)
def test_model_has_published_size(model: str) -> None:
    with torch.device("meta"):
        created = AutoModelForImageTextToText.from_config(load_configuration(PUBLISHED[model]))
    assert sum(each.numel() for each in created.parameters()) / 1e9 == pytest.approx(BILLIONS[model], rel=0.02)


def test_model_has_tokens_of_tiny_model() -> None:
    tiny = AutoConfig.from_pretrained(MODELS_DIR / "deepseek")
    config = load_configuration(PUBLISHED["deepseek"])
    assert config.image_token_id == tiny.image_token_id
    assert (config.text_config.eos_token_id, config.text_config.vocab_size) == (tiny.text_config.eos_token_id, 129_280)


def test_written_model_loads_and_never_ends_text(tmp_path: Path) -> None:
    small = PublishedModel(
        "got", {"vision_config": _VISION, "text_config": _TEXT}, PUBLISHED["got"].processor, tied_embeddings=True
    )
    assert write_checkpoint(small, tmp_path / "model", "cpu") < 1_000_000
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model", local_files_only=True)
    processor = AutoProcessor.from_pretrained(tmp_path / "model", local_files_only=True)
    assert model.dtype == torch.bfloat16
    assert model.generation_config.suppress_tokens == [processor.tokenizer.eos_token_id]
    assert processor.image_processor.size["height"] == 1024


def test_pages_per_second_count_all_pages_of_pass() -> None:
    assert Pass(batch=8, tokens=256, seconds=4.0, peak_gib=3.0).pages_per_second == 2


def test_a4_page_has_300_dpi_and_text() -> None:
    page = render_a4_page()
    assert (page.width, page.height, page.dpi) == (2480, 3509, 300)
    assert page.pixels.count(b"\0") > page.width, "the page has no text"


_TEXT = {
    "model_type": "qwen2",
    "vocab_size": 500,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}
_VISION = {
    "hidden_size": 16,
    "output_channels": 8,
    "mlp_dim": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "global_attn_indexes": [],
}


def test_answers_and_oversized_batches_are_recorded() -> None:
    def run(pages: Sequence[Raster]) -> list[float]:
        if len(pages) > 4 or LARGE in pages:
            raise MemoryError
        return [8.0] * len(pages)

    batcher = Batcher(run, size=8, wait_seconds=1)
    recorded = record_answers(lambda page: batcher(page).output, [LARGE, *[SMALL] * 7])
    assert recorded["answers"] == ["MemoryError", *["8 tokens"] * 7]
    assert recorded["too_much"][0] == 8
    assert recorded["kept_mib"] == 0


LARGE, SMALL = Raster(b"\xff" * 4, 2, 2, 300), Raster(b"\xff", 1, 1, 300)
