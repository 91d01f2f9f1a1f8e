"""Degraded pages that an engine cannot read before correction. The event explains the corrections."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256

import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from events.page import PageRecognized, PageRequested
from functions.engine.engine import Engine
from functions.engine.handler import handle_page_request
from functions.engine.page_source import DocumentCache, PageSource
from functions.engine.render_job import RENDER_TASK
from functions.engine.settings import EngineSettings
from functions.reading.reading import Reading, Word
from functions.reading.store import ReadingStore
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.settings import SandboxSettings
from functions.tesseract.reader import Tesseract
from functions.tesseract.settings import TesseractSettings
from tests.unit.engine.engine_fakes import BUCKET, KEY, NOW, HookedStorage, make_request
from tests.unit.engine.preparation import degraded_pages

UNUSED_BROKER = "127.0.0.1:9"
DEGRADED: dict[str, tuple[int, Callable[[], Image.Image], str]] = {
    "skewed": (300, lambda: degraded_pages.skew(degraded_pages.make_letter(), 7), "deskewed by 7.0°"),
    "skewed, faint and noisy": (
        150,
        lambda: degraded_pages.add_noise(
            degraded_pages.fade(degraded_pages.skew(degraded_pages.make_letter(150), -2), 0.6), 14, seed=3
        ),
        "deskewed by 2.0°; noise smoothed; contrast normalized",
    ),
    "in a shadow": (300, lambda: degraded_pages.shade(degraded_pages.make_letter(), 0.3), "contrast normalized"),
    "on a gray field": (
        300,
        lambda: degraded_pages.add_gray_field(degraded_pages.make_letter(), 0.75),
        "contrast normalized",
    ),
    "faint on a pale field": (
        300,
        lambda: degraded_pages.add_gray_field(degraded_pages.fade(degraded_pages.make_letter(), 0.5, paper=255), 0.88),
        "contrast normalized",
    ),
    "upside down": (300, lambda: degraded_pages.rotate(degraded_pages.make_letter(), 180), "rotated by 180°"),
    "upside down and skewed": (
        300,
        lambda: degraded_pages.rotate(degraded_pages.skew(degraded_pages.make_letter(), 5), 180),
        "rotated by 180°; deskewed by 5.0°",
    ),
    "sideways": (300, lambda: degraded_pages.rotate(degraded_pages.make_letter(), 270), "rotated by 90° clockwise"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([RENDER_TASK], SandboxSettings().job_limits)
    yield running
    running.close()


@pytest.fixture(scope="module")
def tesseract() -> Tesseract:
    return Tesseract(TesseractSettings(kafka_bootstrap_servers=UNUSED_BROKER))


class Scanner:
    """A function that reads a page like the engine's process, from its upload to its event."""

    def __init__(self, sandbox: Sandbox, tesseract: Tesseract) -> None:
        self._sandbox, self._tesseract, self._storage = sandbox, tesseract, HookedStorage()
        self._readings = ReadingStore(self._storage, "pagebus-results")

    def __call__(self, page: Image.Image, dpi: int = 300) -> tuple[PageRecognized, Reading]:
        page_request = self._create_request(page, dpi)
        settings = EngineSettings(kafka_bootstrap_servers=UNUSED_BROKER)
        with closing(DocumentCache(self._storage, capacity_bytes=10**8, max_document_bytes=10**8)) as documents:
            (event,) = handle_page_request(
                page_request,
                engine=Engine.from_reader(self._tesseract, PageSource(documents, self._sandbox, settings)),
                readings=self._readings,
                inline_text_bytes=32_768,
                now=lambda: NOW,
            )
        assert isinstance(event, PageRecognized)
        stored = self._readings.load(event.dataref, tenant=event.tenant)
        assert stored
        return event, stored

    def _create_request(self, page: Image.Image, dpi: int) -> PageRequested:
        encoded = io.BytesIO()
        page.save(encoded, "PNG", dpi=(dpi, dpi))
        stored = self._storage.add(BUCKET, KEY, encoded.getvalue())
        digest = sha256(encoded.getvalue()).hexdigest()
        return make_request(page=1, etag=stored.etag, sha256=digest, media_type="image/png", min_confidence=0.0)


@pytest.fixture(scope="module")
def scanner(sandbox: Sandbox, tesseract: Tesseract) -> Scanner:
    return Scanner(sandbox, tesseract)


def compute_error_rate(text: str) -> float:
    truth, result = " ".join(degraded_pages.TEXT.split()), " ".join(text.split())
    return Levenshtein.distance(truth, result) / len(truth)


@pytest.mark.parametrize("kind", DEGRADED)
def test_degraded_page_is_corrected_and_event_says_how(scanner: Scanner, tesseract: Tesseract, kind: str) -> None:
    dpi, degrade, reasons = DEGRADED[kind]
    page = degrade()
    assert compute_error_rate(tesseract.read(degraded_pages.to_raster(page, dpi), ("deu",)).text) > 0.5
    event, reading = scanner(page, dpi)
    assert event.text is not None
    assert compute_error_rate(event.text) < 0.01
    assert event.why == f"first on the route; tesseract expects {event.confidence:.0%} to be right; {reasons}"
    assert reading.preparation is not None
    assert "; ".join(reading.preparation.steps) == reasons
    assert {"render", "prepare"} <= reading.timings.keys()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_word_boxes_match_the_uploaded_page(scanner: Scanner, rotation: int) -> None:
    page = degraded_pages.rotate(degraded_pages.make_letter(), rotation)
    _, reading = scanner(page)
    assert (reading.width, reading.height) == page.size
    box = find_word(reading, "Spülkasten").box
    ink_box = page.crop(box).point([255] * 100 + [0] * 156).getbbox()
    # The box contains exactly the word: the letters touch its edges.
    assert ink_box is not None
    assert max(abs(edge - expected) for edge, expected in zip(ink_box, (0, 0, *page.crop(box).size), strict=True)) <= 6


def test_good_page_is_not_corrected(scanner: Scanner) -> None:
    event, reading = scanner(degraded_pages.make_letter())
    assert reading.preparation is None
    assert event.why == f"first on the route; tesseract expects {event.confidence:.0%} to be right"


def find_word(reading: Reading, text: str) -> Word:
    return next(word for line in reading.lines for word in line.words if word.text == text)
