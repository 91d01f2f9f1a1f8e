"""DeepSeek's own classes read German, from a checkpoint on disk to a reading. They are tiny: tests/checkpoints."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.deepseek.reader import DeepSeek
from functions.deepseek.settings import DeepSeekSettings
from functions.reading.reading import Kind
from functions.runtime.errors import Unstartable
from tests.checkpoints.device import THERE
from tests.checkpoints.lines import HOME, LINES, page


def unloaded(model: Path) -> DeepSeek:
    return DeepSeek(
        DeepSeekSettings(
            kafka_bootstrap_servers="nowhere:9092", model_dir=model, max_wait_ms=200, max_new_tokens=80, **THERE
        )
    )


@pytest.fixture(scope="module")
def ocr2() -> DeepSeek:
    reader = unloaded(HOME / "deepseek")
    reader.load()
    return reader


@pytest.fixture(scope="module")
def janus() -> DeepSeek:
    reader = unloaded(HOME / "janus")
    reader.load()
    return reader


@pytest.mark.parametrize("text", LINES)
def test_deepseek_ocr_2_reads_german_to_the_letter_and_says_where(ocr2: DeepSeek, text: str) -> None:
    reading = ocr2.read(page(text), ("deu",))
    assert (reading.text, reading.markdown) == (text, text)
    (block,) = reading.blocks
    assert (block.kind, block.text, block.box) == (Kind.TEXT, text, (50, 40, 700, 70))
    assert 0.9 < reading.confidence <= 1


@pytest.mark.parametrize("text", LINES)
def test_janus_pro_reads_german_to_the_letter_and_says_no_more(janus: DeepSeek, text: str) -> None:
    reading = janus.read(page(text), ("deu",))
    assert (reading.text, reading.markdown, reading.blocks) == (text, None, ())
    assert 0.9 < reading.confidence <= 1


def test_pages_that_are_read_together_read_as_if_they_were_alone(janus: DeepSeek) -> None:
    alone = [janus.read(page(text), ("deu",)).confidence for text in LINES]
    pages = [page(text) for text in LINES]  # before the threads: PDFium is for one at a time
    with ThreadPoolExecutor(len(LINES)) as threads:
        together = list(threads.map(lambda image: janus.read(image, ("deu",)), pages))
    assert [reading.text for reading in together] == list(LINES)
    assert [reading.confidence for reading in together] == pytest.approx(alone, abs=1e-3)


def test_a_model_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(Unstartable, match="MODEL_DIR: a model of type got_ocr2 is there; wanted: deepseek_ocr2, janus"):
        unloaded(HOME / "got").load()


def test_it_may_be_asked_for_german_and_english() -> None:
    assert {"deu", "eng"} <= unloaded(HOME / "janus").languages
