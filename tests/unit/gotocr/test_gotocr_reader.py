"""GOT-OCR's own classes read German, from a checkpoint on disk to a reading. It is tiny: tests/checkpoints."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.engine.reader import Raster
from functions.gotocr.reader import GotOcr
from functions.gotocr.settings import GotOcrSettings
from tests.checkpoints.device import THERE
from tests.checkpoints.lines import HOME, LINES, page

TINY = HOME / "got"
Make = Callable[..., GotOcr]


def got(**settings: Any) -> GotOcr:
    reader = GotOcr(GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=TINY, **THERE, **settings))
    reader.load()
    return reader


@pytest.fixture(scope="module")
def plain() -> GotOcr:
    return got(max_wait_ms=200, max_new_tokens=40)


@pytest.mark.parametrize("text", LINES)
def test_german_is_read_to_the_letter(plain: GotOcr, text: str) -> None:
    reading = plain.read(page(text), ("deu",))
    assert (reading.text, reading.languages) == (text, ("deu",))
    assert 0.9 < reading.confidence <= 1


def test_what_it_cannot_tell_is_absent(plain: GotOcr) -> None:
    reading = plain.read(page(LINES[0]), ("deu",))
    assert (reading.markdown, reading.blocks, reading.lines) == (None, (), ())
    assert (reading.width, reading.height, reading.dpi, reading.unit) == (750, 100, 300, "pixel")


def test_what_it_was_sure_from_and_where_its_time_went_is_told(plain: GotOcr) -> None:
    reading = plain.read(page(LINES[0]), ("deu",))
    assert reading.signals["token_probability"] == reading.confidence
    assert (reading.signals["unsure_tokens"], reading.signals["cut_off"]) == (0, 0)
    assert 1 < reading.signals["tokens"] < 40
    assert reading.timings.keys() == {"wait", "generate"}
    assert reading.seconds == sum(reading.timings.values())


def test_pages_that_are_read_together_read_as_if_they_were_alone(plain: GotOcr) -> None:
    alone = [plain.read(page(text), ("deu",)) for text in LINES]
    pages = [page(text) for text in LINES]  # before the threads: PDFium is for one at a time
    with ThreadPoolExecutor(len(LINES)) as threads:
        together = list(threads.map(lambda image: plain.read(image, ("deu",)), pages))
    assert len({reading.timings["generate"] for reading in together}) == 1, "one pass for all of them"
    assert [reading.text for reading in together] == list(LINES)
    for one, among in zip(alone, together, strict=True):
        assert among.confidence == pytest.approx(one.confidence, abs=1e-3), "padding counts for nothing"


def test_one_bad_page_in_a_batch_of_eight_fails_alone(plain: GotOcr) -> None:
    pages = [page(text) for text in (LINES * 3)[:8]]
    pages[3] = Raster(b"\xff" * 10, 750, 100, 300)  # fewer pixels than it claims

    def read(image: Raster) -> str:
        try:
            return plain.read(image, ("deu",)).text
        except ValueError as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as threads:
        read_ = list(threads.map(read, pages))
    assert read_ == [*(LINES * 3)[:3], "ValueError", *(LINES * 3)[4:8]]


def test_formatted_text_is_kept_as_markdown_beside_the_text_in_it() -> None:
    reading = got(got_output="formatted", max_new_tokens=40).read(page(LINES[1]), ("deu",))
    assert (reading.text, reading.markdown) == (LINES[1], rf"\section*{{{LINES[1]}}}")


def test_a_page_that_is_cut_off_says_so_and_is_not_sure_at_all() -> None:
    reading = got(max_new_tokens=3).read(page(LINES[2]), ("deu",))
    assert reading.text
    assert LINES[2].startswith(reading.text)
    assert (reading.confidence, reading.signals["cut_off"], reading.signals["tokens"]) == (0, 1, 3)


def test_other_outputs_and_other_weights_are_other_versions() -> None:
    def version(**settings: Any) -> str:
        return GotOcr(GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", **settings)).version

    pinned = {"revision": "0123456789" * 4}
    versions = [
        version(model_dir=TINY),
        version(model_dir=TINY, got_output="formatted"),
        version(**pinned),
        version(revision="9876543210" * 4),
        version(**pinned, model_id="else/where"),
    ]
    assert len(set(versions)) == len(versions)
    assert all("/" not in told for told in versions), "it becomes part of a key"
