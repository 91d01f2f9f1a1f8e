"""Read the samples with each engine. A disk cache keeps each reading by page, engine version and code."""

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
from functions.documents.media_types import HEAD_BYTES, detect_media_type
from functions.engine.page_source import PageSource
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.preparation.page_image import PageImage, map_reading_to_page
from functions.engine.reader import Reader
from functions.engine.render_job import RenderedPage
from functions.engine.rendering import render
from functions.engine.routing.calibration import collect_signals
from functions.engine.routing.unread_strokes import add_unread_strokes
from functions.engine.settings import EngineSettings
from functions.reading.reading import Reading
from local.evaluation.metrics import TextMetrics, compare_with_truth
from tests.accuracy.corpus import Sample

if TYPE_CHECKING:
    from functions.engine.page_source import DocumentCache
    from functions.runtime.sandbox.sandbox import Sandbox

FUNCTIONS = Path(__file__).parents[2] / "functions"
#: The reader's class in functions/<engine>/reader.py, and the class of its settings.
READERS = {"tesseract": ("Tesseract", "TesseractSettings"), "rapidocr": ("Rapidocr", "RapidocrSettings")}


class EvaluatedReading(BaseModel, frozen=True):
    """A reading of one page by one engine, the measurements of the page, and the seconds of CPU."""

    reading: Reading
    measurements: PageMeasurements
    seconds: float

    @cached_property
    def signals(self) -> Mapping[str, float]:
        return collect_signals(self.reading, self.measurements)


@dataclass(frozen=True)
class EvaluatedPage:
    """A sample and its readings by the names of the engines."""

    sample: Sample
    readings: dict[str, EvaluatedReading]

    def get_error_rate(self, engine: str) -> float:
        """Return the character error rate of an engine."""
        return measure_text(self.sample, self.readings[engine].reading.text).cer

    def get_signals(self, engine: str) -> Mapping[str, float]:
        return self.readings[engine].signals


@cache
def measure_text(sample: Sample, text: str) -> TextMetrics:
    """Return the measures of a text against the correct text of the sample."""
    return compare_with_truth(sample.truth, text)


def read_samples(samples: Iterator[Sample], cache: Path) -> list[EvaluatedPage]:
    """Read all samples with all engines, unless the cache has their readings.

    A page takes the same path as in production, without the sandbox. The engines' extras must be installed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    readers = [_build_reader(engine) for engine in READERS]
    return [
        EvaluatedPage(sample, {reader.name: _read_cached(sample, reader, cache) for reader in readers})
        for sample in samples
    ]


def _build_reader(engine: str) -> Reader:
    reader_name, settings_name = READERS[engine]
    reader_class = getattr(importlib.import_module(f"functions.{engine}.reader"), reader_name)
    settings_class = getattr(importlib.import_module(f"functions.{engine}.settings"), settings_name)
    reader: Reader = reader_class(settings_class(kafka_bootstrap_servers="unused:9092"))
    return reader


@cache
def _load_once(reader: Reader) -> None:
    reader.load()


@cache
def _hash_code(engine: str) -> str:
    """Return a hash of all code that changes readings: rendering, preparation, reading order, and the engine's own."""
    parts = ("documents", "engine", "engine/preparation", "reading", "reading/layout", engine)
    files = sorted(file for part in parts for file in (FUNCTIONS / part).glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _read_cached(sample: Sample, reader: Reader, cache: Path) -> EvaluatedReading:
    version = f"{quote(reader.version, safe='')}-{_hash_code(reader.name)}"
    cached = cache / f"{sample.name}.{reader.name}-{version}.json"
    if cached.exists():
        return EvaluatedReading.model_validate_json(cached.read_bytes())
    _load_once(reader)  # type: ignore[arg-type]  # a reader is hashable, like any object
    image = _load_image(sample)
    began = time.process_time()
    reading = map_reading_to_page(
        add_unread_strokes(reader.read(image.raster, (sample.language,)), image.raster, image.measurements), image
    )
    seconds = time.process_time() - began
    evaluated = EvaluatedReading(reading=reading, measurements=image.measurements, seconds=seconds)
    cached.write_text(evaluated.model_dump_json(), encoding="utf-8")
    return evaluated


def _load_image(sample: Sample) -> PageImage:
    """Return the page image that an engine gets. The corpus is trusted, so it needs no sandbox."""
    settings = EngineSettings(kafka_bootstrap_servers="unused:9092")
    documents, sandbox = cast("DocumentCache", _LocalDocument(sample.file)), cast("Sandbox", _InProcessSandbox())
    return PageSource(documents, sandbox, settings).load_image(_build_sample_request(sample))


@dataclass(frozen=True)
class _LocalDocument:
    """A document cache with one local file."""

    path: Path

    @contextmanager
    def open_document(self, _: PageRequested) -> Iterator[Path]:
        yield self.path


class _InProcessSandbox:
    """A sandbox that renders in this process."""

    def run(self, _task: str, request: BaseModel, path: Path, _answer: type[BaseModel]) -> tuple[RenderedPage, bytes]:
        with path.open("rb") as document:
            return render(request.model_dump_json().encode(), document)


def _build_sample_request(sample: Sample) -> PageRequested:
    with sample.file.open("rb") as document:
        media_type = detect_media_type(document.read(HEAD_BYTES)) or ""
    return build_request(page=sample.page, media_type=media_type, languages=(sample.language,))


def build_request(**fields: Any) -> PageRequested:
    """Return a page request as intake creates it for an upload without options."""
    first, *rest = READERS
    defaults: dict[str, Any] = {"page": 1, "media_type": "image/png", "languages": ("deu",), "min_confidence": 0.0}
    values = {**defaults, **fields}
    return PageRequested(
        document=UUID(int=1),
        tenant="judge",
        bucket="b",
        key="in/judge/x",
        etag="e",
        pages=max(1, values["page"]),
        sha256="0" * 64,
        engine=first,
        route=tuple(rest),
        why="first on the route",
        requested_at=datetime.now(UTC),
        **values,
    )
