"""What an engine talks to, without a network."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import UUID

from events.page import PageRequested, ReadingRef
from functions.engine.pages import PageImage, Pages
from functions.engine.preparation.look import Look
from functions.engine.reader import Raster
from functions.reading.reading import Reading
from tests.fakes import MemoryStorage

NOW = datetime(2025, 5, 1, 12, 0, 0, tzinfo=UTC)
DOCUMENT = b"%PDF-1.7 and so on"
SHA256 = hashlib.sha256(DOCUMENT).hexdigest()
BUCKET, KEY = "pagebus-uploads", "in/acme/Größe.pdf"
ETAG = hashlib.md5(DOCUMENT, usedforsecurity=False).hexdigest()
Hook = Callable[[], object]
WHITE = Raster(b"\xff" * 100, 10, 10, 300)
PAGE = PageImage(WHITE, Look(width=10, height=10, dpi=300, dpi_stated=True))


class BusyStorage(MemoryStorage):
    """Holds the document. `before_put` runs first, as a faster replica would; `during_download` may raise."""

    def __init__(self) -> None:
        super().__init__()
        self.add(BUCKET, KEY, DOCUMENT)
        self.downloads = 0
        self.before_put: Hook = lambda: None
        self.during_download: Hook = lambda: None

    def put_new(self, bucket: str, key: str, body: bytes, media_type: str) -> bool:
        assert media_type == "application/json"
        self.before_put()
        return super().put_new(bucket, key, body, media_type)

    def download(self, bucket: str, key: str, path: Path, **pins: Any) -> str:
        self.downloads += 1
        sha256 = super().download(bucket, key, path, **pins)
        self.during_download()
        return sha256

    def readings(self) -> list[str]:
        """The keys of what was read."""
        return [stored.key for stored in self.list("pagebus-results", "readings/")]


class FakePages:
    """Always the same page, or always the same problem; rendered as by default, or as told."""

    def __init__(self, problem: Exception | None = None, *, page: PageImage = PAGE, rendering: str = "") -> None:
        self.rendered, self.rendering = 0, rendering
        self._problem, self._page = problem, page

    def image(self, _request: PageRequested) -> PageImage:
        self.rendered += 1
        if self._problem:
            raise self._problem
        return self._page

    def typed(self) -> Pages:
        return cast("Pages", self)


class FakeReader:
    """Sure to a degree, or broken."""

    name: ClassVar[str] = "tesseract"
    version = "5"
    languages = frozenset({"deu", "eng"})

    def __init__(self, confidence: float = 0.9, *, text: str = "Öl", problem: Exception | None = None) -> None:
        self.read_pages = 0
        self._confidence, self._text, self._problem = confidence, text, problem

    def load(self) -> None:
        """Ready from the beginning."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        self.read_pages += 1
        if self._problem:
            raise self._problem
        return reading(
            self.name, self._confidence, self._text, engine_version=self.version, languages=languages, width=image.width
        )


def reading(engine: str, confidence: float, text: str, **others: Any) -> Reading:
    defaults = {"engine_version": "1", "languages": ("deu",), "width": 10, "height": 10, "dpi": 300, "seconds": 1.5}
    return Reading(engine=engine, confidence=confidence, text=text, **{**defaults, **others})


def request(**others: Any) -> PageRequested:
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
    return PageRequested(**{**defaults, **others})


def reference(engine: str, confidence: float, *, tenant: str = "acme", bucket: str = "pagebus-results") -> ReadingRef:
    dataref = f"s3://{bucket}/readings/{tenant}/{SHA256}/2/{engine}-1-deu.json"
    return ReadingRef(engine=engine, engine_version="1", confidence=confidence, dataref=dataref)
