"""The models for a GPU are as large as the published ones, and speak with the tiny ones' tokens."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor

from functions.engine.models.batching import Batcher
from functions.engine.reader import Raster
from tests.bench.gpu.failures import told
from tests.bench.gpu.passes import Pass, a4
from tests.bench.gpu.published import PUBLISHED, Published, configuration, write
from tests.checkpoints.lines import HOME

#: As their authors tell, in billions; of Surya's, its family's smallest (that of Surya itself has fewer words).
BILLIONS = {"got": 0.56, "janus-1b": 2.1, "deepseek": 3.4, "surya": 0.85, "janus-7b": 7.4}


def configured(published: Published) -> Any:
    tiny = json.loads((HOME / published.tiny / "config.json").read_text("utf-8"))
    return AutoConfig.for_model(**configuration(tiny, published))


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_model_is_as_large_as_the_published_one(model: str) -> None:
    with torch.device("meta"):
        made = AutoModelForImageTextToText.from_config(configured(PUBLISHED[model]))
    assert sum(each.numel() for each in made.parameters()) / 1e9 == pytest.approx(BILLIONS[model], rel=0.02)


def test_its_tokens_are_those_of_the_tiny_model() -> None:
    tiny = AutoConfig.from_pretrained(HOME / "deepseek")
    config = configured(PUBLISHED["deepseek"])
    assert config.image_token_id == tiny.image_token_id
    assert (config.text_config.eos_token_id, config.text_config.vocab_size) == (tiny.text_config.eos_token_id, 129_280)


def test_it_is_written_as_engines_load_it_and_never_ends_a_text(tmp_path: Path) -> None:
    small = Published("got", {"vision_config": _VISION, "text_config": _TEXT}, PUBLISHED["got"].processor, tied=True)
    assert write(small, tmp_path / "model", "cpu") < 1_000_000
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model", local_files_only=True)
    processor = AutoProcessor.from_pretrained(tmp_path / "model", local_files_only=True)
    assert model.dtype == torch.bfloat16
    assert model.generation_config.suppress_tokens == [processor.tokenizer.eos_token_id]
    assert processor.image_processor.size["height"] == 1024


def test_pages_per_second_are_those_of_the_whole_pass() -> None:
    assert Pass(batch=8, tokens=256, seconds=4.0, peak_gib=3.0).pages_per_second == 2


def test_the_page_is_a_full_one_of_300_dpi() -> None:
    page = a4()
    assert (page.width, page.height, page.dpi) == (2480, 3509, 300)
    assert page.pixels.count(b"\0") > page.width, "there is text on it"


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


def test_it_is_told_who_was_answered_and_which_batches_were_too_much() -> None:
    def run(pages: Sequence[Raster]) -> list[float]:
        if len(pages) > 4 or LARGE in pages:
            raise MemoryError
        return [8.0] * len(pages)

    batcher = Batcher(run, size=8, wait_seconds=1)
    said = told(lambda page: batcher(page).output, [LARGE, *[SMALL] * 7])
    assert said["answers"] == ["MemoryError", *["8 tokens"] * 7]
    assert said["too_much"][0] == 8
    assert said["kept_mib"] == 0


LARGE, SMALL = Raster(b"\xff" * 4, 2, 2, 300), Raster(b"\xff", 1, 1, 300)
