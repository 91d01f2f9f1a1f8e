"""Tiny models of DeepSeek's and Janus's classes (tests/checkpoints) read German, from a checkpoint to a reading."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.deepseek.reader import DeepSeek
from functions.deepseek.settings import DeepSeekSettings
from functions.reading.reading import BlockKind
from functions.runtime.errors import StartupError
from tests.checkpoints.device import DEVICE_SETTINGS
from tests.checkpoints.lines import LINES, MODELS_DIR, render_page


def build_reader(model: Path) -> DeepSeek:
    return DeepSeek(
        DeepSeekSettings(
            kafka_bootstrap_servers="nowhere:9092",
            model_dir=model,
            max_wait_ms=200,
            max_new_tokens=80,
            **DEVICE_SETTINGS,
        )
    )


@pytest.fixture(scope="module")
def ocr2() -> DeepSeek:
    reader = build_reader(MODELS_DIR / "deepseek")
    reader.load()
    return reader


@pytest.fixture(scope="module")
def janus() -> DeepSeek:
    reader = build_reader(MODELS_DIR / "janus")
    reader.load()
    return reader


@pytest.mark.parametrize("text", LINES)
def test_deepseek_ocr_2_reads_german_exactly_with_boxes(ocr2: DeepSeek, text: str) -> None:
    reading = ocr2.read(render_page(text), ("deu",))
    assert (reading.text, reading.markdown) == (text, text)
    (block,) = reading.blocks
    assert (block.kind, block.text, block.box) == (BlockKind.TEXT, text, (50, 40, 700, 70))
    assert 0.9 < reading.confidence <= 1


@pytest.mark.parametrize("text", LINES)
def test_janus_pro_reads_german_exactly_as_text_only(janus: DeepSeek, text: str) -> None:
    reading = janus.read(render_page(text), ("deu",))
    assert (reading.text, reading.markdown, reading.blocks) == (text, None, ())
    assert 0.9 < reading.confidence <= 1


def test_pages_in_a_batch_read_like_single_pages(janus: DeepSeek) -> None:
    alone = [janus.read(render_page(text), ("deu",)).confidence for text in LINES]
    pages = [render_page(text) for text in LINES]  # before the threads start: PDFium is not thread-safe
    with ThreadPoolExecutor(len(LINES)) as threads:
        together = list(threads.map(lambda image: janus.read(image, ("deu",)), pages))
    assert [reading.text for reading in together] == list(LINES)
    assert [reading.confidence for reading in together] == pytest.approx(alone, abs=1e-3)


def test_error_names_the_type_of_a_wrong_model() -> None:
    with pytest.raises(
        StartupError,
        match=r"MODEL_DIR: the model is of type got_ocr2\. Set it to a model of type deepseek_ocr2 or janus",
    ):
        build_reader(MODELS_DIR / "got").load()


def test_languages_include_german_and_english() -> None:
    assert {"deu", "eng"} <= build_reader(MODELS_DIR / "janus").languages
