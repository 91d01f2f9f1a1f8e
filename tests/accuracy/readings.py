"""What each engine reads on each page, kept on disk: an engine is asked once per page, its version and our code."""

import hashlib
import importlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from events.page import PageRequested
from functions.documents.sniff import HEAD_BYTES, media_type
from functions.engine.pages import PageImage, Pages
from functions.engine.preparation.look import Look
from functions.engine.preparation.mapping import on_page
from functions.engine.reader import Reader
from functions.engine.rendering import render
from functions.engine.request import Rendered
from functions.engine.routing.signals import signals
from functions.engine.settings import EngineSettings
from functions.engine.strokes import with_strokes
from functions.reading.reading import Reading
from local.evaluation.measures import Measures, measure
from tests.accuracy.corpus import Sample

if TYPE_CHECKING:
    from functions.engine.documents import Documents
    from functions.runtime.sandbox.sandbox import Sandbox

FUNCTIONS = Path(__file__).parents[2] / "functions"
#: The class of the reader in functions/<engine>/reader.py, and of its settings.
READERS = {"tesseract": ("Tesseract", "TesseractSettings"), "rapidocr": ("Rapidocr", "RapidocrSettings")}


class Judged(BaseModel, frozen=True):
    """One engine's reading of one page, the page's look, and the share of characters that are wrong."""

    reading: Reading
    look: Look
    seconds: float

    @cached_property
    def signals(self) -> Mapping[str, float]:
        return signals(self.reading, self.look)


@dataclass(frozen=True)
class Page:
    """A sample with what the engines read on it, by their names."""

    sample: Sample
    read: dict[str, Judged]

    def wrong(self, engine: str) -> float:
        """The character error rate."""
        return measured(self.sample, self.read[engine].reading.text).cer

    def signals(self, engine: str) -> Mapping[str, float]:
        return self.read[engine].signals


@cache
def measured(sample: Sample, text: str) -> Measures:
    """How far a text is from the sample's."""
    return measure(sample.truth, text)


def pages(found: Iterator[Sample], cache: Path) -> list[Page]:
    """Read what was not read yet, through the production path less the sandbox. The engines come with their extras."""
    cache.mkdir(parents=True, exist_ok=True)
    readers = [_reader(engine) for engine in READERS]
    return [Page(sample, {reader.name: _judged(sample, reader, cache) for reader in readers}) for sample in found]


def _reader(engine: str) -> Reader:
    made, settings = READERS[engine]
    module = importlib.import_module(f"functions.{engine}.reader")
    chosen = getattr(importlib.import_module(f"functions.{engine}.settings"), settings)
    reader: Reader = getattr(module, made)(chosen(kafka_bootstrap_servers="unused:9092"))
    return reader


@cache
def _load(reader: Reader) -> None:
    """Once, and only if there is anything left to read."""
    reader.load()


@cache
def _code(engine: str) -> str:
    """Changes with the code that a reading goes through: rendering, preparation, the engine's own, reading order."""
    parts = ("runtime/documents", "engine", "engine/preparation", "engine/layout", engine)
    files = sorted(file for part in parts for file in (FUNCTIONS / part).glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _judged(sample: Sample, reader: Reader, cache: Path) -> Judged:
    kept = cache / f"{sample.name}.{reader.name}-{quote(reader.version, safe='')}-{_code(reader.name)}.json"
    if kept.exists():
        return Judged.model_validate_json(kept.read_bytes())
    _load(reader)  # type: ignore[arg-type]  # every reader is hashable, as objects are
    image = _image(sample)
    began = time.process_time()
    reading = on_page(with_strokes(reader.read(image.raster, (sample.language,)), image), image)
    judged = Judged(reading=reading, look=image.look, seconds=time.process_time() - began)
    kept.write_text(judged.model_dump_json(), encoding="utf-8")
    return judged


def _image(sample: Sample) -> PageImage:
    """As an engine is given it, but for the sandbox: the corpus is known."""
    settings = EngineSettings(kafka_bootstrap_servers="unused:9092")
    return Pages(cast("Documents", _Lying(sample.file)), cast("Sandbox", _Here()), settings).image(_request(sample))


@dataclass(frozen=True)
class _Lying:
    """The document that lies there already."""

    path: Path

    @contextmanager
    def opened(self, _: PageRequested) -> Iterator[Path]:
        yield self.path


class _Here:
    """Renders in this process."""

    def run(self, _task: str, wanted: BaseModel, path: Path, _answer: type[BaseModel]) -> tuple[Rendered, bytes]:
        with path.open("rb") as document:
            return render(wanted.model_dump_json().encode(), document)


def _request(sample: Sample) -> PageRequested:
    with sample.file.open("rb") as document:
        kind = media_type(document.read(HEAD_BYTES)) or ""
    return requested(page=sample.page, media_type=kind, languages=(sample.language,))


def requested(**others: Any) -> PageRequested:
    """A request as intake makes one of an upload without wishes."""
    first, *rest = READERS
    of: dict[str, Any] = {"page": 1, "media_type": "image/png", "languages": ("deu",), "min_confidence": 0.0, **others}
    return PageRequested(
        document=UUID(int=1),
        tenant="judge",
        bucket="b",
        key="in/judge/x",
        etag="e",
        pages=max(1, of["page"]),
        sha256="0" * 64,
        engine=first,
        route=tuple(rest),
        why="first on the route",
        requested_at=datetime.now(UTC),
        **of,
    )
