"""Fakes of the object store, the page source and the reader of an engine."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import UUID

from events.page import PageRequested, ReadingRef
from functions.engine.page_source import PageSource
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.preparation.page_image import PageImage
from functions.engine.reader import Raster
from functions.reading.reading import Reading
from tests.fakes import MemoryStorage

NOW = datetime(2025, 5, 1, 12, 0, 0, tzinfo=UTC)
DOCUMENT = b"%PDF-1.7 and so on"
SHA256 = hashlib.sha256(DOCUMENT).hexdigest()
BUCKET, KEY = "pagebus-uploads", "in/acme/Größe.pdf"
ETAG = hashlib.md5(DOCUMENT, usedforsecurity=False).hexdigest()
Hook = Callable[[], object]
BLANK_IMAGE = Raster(b"\xff" * 100, 10, 10, 300)
PAGE = PageImage(BLANK_IMAGE, PageMeasurements(width=10, height=10, dpi=300, dpi_stated=True))


class HookedStorage(MemoryStorage):
    """A store with the document. `before_put` runs before a write, `during_download` after a download."""

    def __init__(self) -> None:
        super().__init__()
        self.add(BUCKET, KEY, DOCUMENT)
        self.download_count = 0
        self.before_put: Hook = lambda: None
        self.during_download: Hook = lambda: None

    def put_if_absent(self, bucket: str, key: str, body: bytes, media_type: str) -> bool:
        assert media_type == "application/json"
        self.before_put()
        return super().put_if_absent(bucket, key, body, media_type)

    def download(self, bucket: str, key: str, path: Path, **pins: Any) -> str:
        self.download_count += 1
        sha256 = super().download(bucket, key, path, **pins)
        self.during_download()
        return sha256

    def list_reading_keys(self) -> list[str]:
        """Return the keys of all stored readings."""
        return [stored.key for stored in self.list_objects("pagebus-results", "readings/")]


class FakePageSource:
    """A page source that always returns the same page, or always raises the same problem."""

    def __init__(
        self, problem: Exception | None = None, *, page: PageImage = PAGE, rendering_version: str = ""
    ) -> None:
        self.load_count, self.rendering_version = 0, rendering_version
        self._problem, self._page = problem, page

    def load_image(self, _request: PageRequested) -> PageImage:
        self.load_count += 1
        if self._problem:
            raise self._problem
        return self._page

    def as_page_source(self) -> PageSource:
        return cast("PageSource", self)


class FakeReader:
    """A reader that returns a reading with this confidence and text, or raises this problem."""

    name: ClassVar[str] = "tesseract"
    version = "5"
    languages = frozenset({"deu", "eng"})

    def __init__(self, confidence: float = 0.9, *, text: str = "Öl", problem: Exception | None = None) -> None:
        self.read_count = 0
        self._confidence, self._text, self._problem = confidence, text, problem

    def load(self) -> None:
        """Load nothing."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        self.read_count += 1
        if self._problem:
            raise self._problem
        return make_reading(
            self.name, self._confidence, self._text, engine_version=self.version, languages=languages, width=image.width
        )


def make_reading(engine: str, confidence: float, text: str, **fields: Any) -> Reading:
    defaults = {"engine_version": "1", "languages": ("deu",), "width": 10, "height": 10, "dpi": 300, "seconds": 1.5}
    return Reading(engine=engine, confidence=confidence, text=text, **{**defaults, **fields})


def make_request(**fields: Any) -> PageRequested:
    defaults: dict[str, Any] = {
        "document": UUID(int=7),
        "tenant": "acme",
        "bucket": BUCKET,
        "key": KEY,
        "etag": ETAG,
        "page": 2,
        "pages": 3,
        "sha256": SHA256,
        "media_type": "application/pdf",
        "languages": ("deu",),
        "engine": "tesseract",
        "why": "first on the route",
        "min_confidence": 0.8,
        "requested_at": NOW,
    }
    return PageRequested(**{**defaults, **fields})


def make_reference(
    engine: str, confidence: float, *, tenant: str = "acme", bucket: str = "pagebus-results"
) -> ReadingRef:
    dataref = f"s3://{bucket}/readings/{tenant}/{SHA256}/2/{engine}-1-deu.json"
    return ReadingRef(engine=engine, engine_version="1", confidence=confidence, dataref=dataref)
