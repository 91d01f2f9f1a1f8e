"""What nobody can read until it is put right, and the event says how it was."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256

import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from events.page import PageRecognized, PageRequested
from functions.engine.documents import Documents
from functions.engine.handler import handle
from functions.engine.pages import Pages
from functions.engine.request import TASK
from functions.engine.settings import EngineSettings
from functions.reading.reading import Reading, Word
from functions.reading.store import Readings
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.settings import SandboxSettings
from functions.tesseract.reader import Tesseract
from functions.tesseract.settings import TesseractSettings
from tests.unit.engine.engine_fakes import BUCKET, KEY, NOW, BusyStorage, request
from tests.unit.engine.preparation import spoilt

NOWHERE = "127.0.0.1:9"
SPOILT: dict[str, tuple[int, Callable[[], Image.Image], str]] = {
    "skewed": (300, lambda: spoilt.skewed(spoilt.letter(), 7), "straightened by 7.0°"),
    "skewed, faint and noisy": (
        150,
        lambda: spoilt.noisy(spoilt.faded(spoilt.skewed(spoilt.letter(150), -2), 0.6), 14, seed=3),
        "straightened by 2.0°; noise smoothed; contrast evened",
    ),
    "in a shadow": (300, lambda: spoilt.shaded(spoilt.letter(), 0.3), "contrast evened"),
    "on a gray field": (300, lambda: spoilt.in_a_gray_field(spoilt.letter(), 0.75), "contrast evened"),
    "faint on a pale field": (
        300,
        lambda: spoilt.in_a_gray_field(spoilt.faded(spoilt.letter(), 0.5, paper=255), 0.88),
        "contrast evened",
    ),
    "upside down": (300, lambda: spoilt.turned(spoilt.letter(), 180), "turned by 180°"),
    "upside down and skewed": (
        300,
        lambda: spoilt.turned(spoilt.skewed(spoilt.letter(), 5), 180),
        "turned by 180°; straightened by 5.0°",
    ),
    "sideways": (300, lambda: spoilt.turned(spoilt.letter(), 270), "turned by 90° clockwise"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([TASK], SandboxSettings().limits)
    yield running
    running.close()


@pytest.fixture(scope="module")
def tesseract() -> Tesseract:
    return Tesseract(TesseractSettings(kafka_bootstrap_servers=NOWHERE))


class Scanner:
    """Reads a page as the function does, from its upload to its event."""

    def __init__(self, sandbox: Sandbox, tesseract: Tesseract) -> None:
        self._sandbox, self._tesseract, self._storage = sandbox, tesseract, BusyStorage()
        self._readings = Readings(self._storage, "pagebus-results")

    def __call__(self, page: Image.Image, dpi: int = 300) -> tuple[PageRecognized, Reading]:
        wanted = self._uploaded(page, dpi)
        settings = EngineSettings(kafka_bootstrap_servers=NOWHERE)
        with closing(Documents(self._storage, capacity=10**8, largest=10**8)) as documents:
            (said,) = handle(
                wanted,
                reader=self._tesseract,
                pages=Pages(documents, self._sandbox, settings),
                readings=self._readings,
                inline_text_bytes=32_768,
                now=lambda: NOW,
            )
        assert isinstance(said, PageRecognized)
        kept = self._readings.at(said.dataref, tenant=said.tenant)
        assert kept
        return said, kept

    def _uploaded(self, page: Image.Image, dpi: int) -> PageRequested:
        encoded = io.BytesIO()
        page.save(encoded, "PNG", dpi=(dpi, dpi))
        stored = self._storage.add(BUCKET, KEY, encoded.getvalue())
        digest = sha256(encoded.getvalue()).hexdigest()
        return request(page=1, etag=stored.etag, sha256=digest, media_type="image/png", min_confidence=0.0)


@pytest.fixture(scope="module")
def scanner(sandbox: Sandbox, tesseract: Tesseract) -> Scanner:
    return Scanner(sandbox, tesseract)


def error_rate(text: str) -> float:
    wanted, found = " ".join(spoilt.TEXT.split()), " ".join(text.split())
    return Levenshtein.distance(wanted, found) / len(wanted)


@pytest.mark.parametrize("spoiling", SPOILT)
def test_a_page_that_the_engine_alone_gets_wrong_comes_out_right_and_the_event_says_why(
    scanner: Scanner, tesseract: Tesseract, spoiling: str
) -> None:
    dpi, spoil, reasons = SPOILT[spoiling]
    page = spoil()
    assert error_rate(tesseract.read(spoilt.raster(page, dpi), ("deu",)).text) > 0.5
    said, reading = scanner(page, dpi)
    assert said.text is not None
    assert error_rate(said.text) < 0.01
    assert said.why == f"first on the route; tesseract expects {said.confidence:.0%} to be right; {reasons}"
    assert reading.preparation is not None
    assert "; ".join(reading.preparation.steps) == reasons
    assert {"render", "prepare"} <= reading.timings.keys()


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_words_are_found_where_they_are_on_the_page_as_it_was_uploaded(scanner: Scanner, turned: int) -> None:
    page = spoilt.turned(spoilt.letter(), turned)
    _, reading = scanner(page)
    assert (reading.width, reading.height) == page.size
    box = word(reading, "Spülkasten").box
    inked = page.crop(box).point([255] * 100 + [0] * 156).getbbox()
    # It holds the whole word, and nothing but it: letters begin at its edges.
    assert inked is not None
    assert max(abs(edge - wanted) for edge, wanted in zip(inked, (0, 0, *page.crop(box).size), strict=True)) <= 6


def test_a_good_page_is_left_as_it_is(scanner: Scanner) -> None:
    said, reading = scanner(spoilt.letter())
    assert reading.preparation is None
    assert said.why == f"first on the route; tesseract expects {said.confidence:.0%} to be right"


def word(reading: Reading, text: str) -> Word:
    return next(word for line in reading.lines for word in line.words if word.text == text)
