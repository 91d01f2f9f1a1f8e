"""A tiny model of GOT-OCR's classes (tests/checkpoints) reads German, from a checkpoint to a reading."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.engine.reader import Raster
from functions.gotocr.reader import GotOcr
from functions.gotocr.settings import GotOcrSettings
from tests.checkpoints.device import DEVICE_SETTINGS
from tests.checkpoints.lines import LINES, MODELS_DIR, render_page

TINY = MODELS_DIR / "got"


def load_got(**settings: Any) -> GotOcr:
    reader = GotOcr(
        GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=TINY, **DEVICE_SETTINGS, **settings)
    )
    reader.load()
    return reader


@pytest.fixture(scope="module")
def plain() -> GotOcr:
    return load_got(max_wait_ms=200, max_new_tokens=40)


@pytest.mark.parametrize("text", LINES)
def test_german_is_read_exactly(plain: GotOcr, text: str) -> None:
    reading = plain.read(render_page(text), ("deu",))
    assert (reading.text, reading.languages) == (text, ("deu",))
    assert 0.9 < reading.confidence <= 1


def test_reading_has_no_markdown_blocks_or_lines(plain: GotOcr) -> None:
    reading = plain.read(render_page(LINES[0]), ("deu",))
    assert (reading.markdown, reading.blocks, reading.lines) == (None, (), ())
    assert (reading.width, reading.height, reading.dpi, reading.unit) == (750, 100, 300, "pixel")


def test_reading_has_signals_and_timings(plain: GotOcr) -> None:
    reading = plain.read(render_page(LINES[0]), ("deu",))
    assert reading.signals["token_probability"] == reading.confidence
    assert (reading.signals["unsure_tokens"], reading.signals["cut_off"]) == (0, 0)
    assert 1 < reading.signals["tokens"] < 40
    assert reading.timings.keys() == {"wait", "generate"}
    assert reading.seconds == sum(reading.timings.values())


def test_pages_in_a_batch_read_like_single_pages(plain: GotOcr) -> None:
    alone = [plain.read(render_page(text), ("deu",)) for text in LINES]
    pages = [render_page(text) for text in LINES]  # before the threads start: PDFium is not thread-safe
    with ThreadPoolExecutor(len(LINES)) as threads:
        together = list(threads.map(lambda image: plain.read(image, ("deu",)), pages))
    assert len({reading.timings["generate"] for reading in together}) == 1, "one pass for all of them"
    assert [reading.text for reading in together] == list(LINES)
    for single, batched in zip(alone, together, strict=True):
        assert batched.confidence == pytest.approx(single.confidence, abs=1e-3), (
            "padding does not change the confidence"
        )


def test_bad_page_in_a_batch_of_eight_fails_alone(plain: GotOcr) -> None:
    pages = [render_page(text) for text in (LINES * 3)[:8]]
    pages[3] = Raster(b"\xff" * 10, 750, 100, 300)  # fewer pixels than its size says

    def read(image: Raster) -> str:
        try:
            return plain.read(image, ("deu",)).text
        except ValueError as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(read, pages))
    assert texts == [*(LINES * 3)[:3], "ValueError", *(LINES * 3)[4:8]]


def test_formatted_output_gives_markdown_and_text() -> None:
    reading = load_got(got_output="formatted", max_new_tokens=40).read(render_page(LINES[1]), ("deu",))
    assert (reading.text, reading.markdown) == (LINES[1], rf"\section*{{{LINES[1]}}}")


def test_text_that_is_cut_off_has_no_confidence() -> None:
    reading = load_got(max_new_tokens=3).read(render_page(LINES[2]), ("deu",))
    assert reading.text
    assert LINES[2].startswith(reading.text)
    assert (reading.confidence, reading.signals["cut_off"], reading.signals["tokens"]) == (0, 1, 3)


def test_version_depends_on_output_and_weights() -> None:
    def get_version(**settings: Any) -> str:
        return GotOcr(GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", **settings)).version

    pinned = {"revision": "0123456789" * 4}
    versions = [
        get_version(model_dir=TINY),
        get_version(model_dir=TINY, got_output="formatted"),
        get_version(**pinned),
        get_version(revision="9876543210" * 4),
        get_version(**pinned, model_id="else/where"),
    ]
    assert len(set(versions)) == len(versions)
    assert all("/" not in version for version in versions), "versions are part of object keys"
