"""What each engine reads on each page, kept on disk: an engine is asked once per version and page."""

import importlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel

from functions.engine.pages import PageImage
from functions.engine.preparation.geometry import prepared_size, to_page
from functions.engine.preparation.look import Look
from functions.engine.preparation.mapping import on_page
from functions.engine.reader import Raster, Reader
from functions.engine.rendering import render
from functions.engine.request import Rendered, RenderRequest
from functions.engine.routing.ink import with_ink
from functions.engine.routing.signals import signals
from functions.runtime.documents.sniff import HEAD_BYTES, media_type
from functions.runtime.reading import Preparation, Reading
from tests.accuracy.corpus import Sample

#: The class of the reader in functions/<engine>/reader.py, and of its settings.
READERS = {"tesseract": ("Tesseract", "TesseractSettings"), "rapidocr": ("Rapidocr", "RapidocrSettings")}
_PIXELS = 20_000_000


class Judged(BaseModel, frozen=True):
    """One engine's reading of one page, the page's look, and the share of characters that are wrong."""

    reading: Reading
    look: Look
    seconds: float


@dataclass(frozen=True)
class Page:
    """A sample with what the engines read on it, by their names."""

    sample: Sample
    read: dict[str, Judged]

    def wrong(self, engine: str) -> float:
        return _wrong(self.sample, self.read[engine].reading.text)

    def signals(self, engine: str) -> dict[str, float]:
        judged = self.read[engine]
        return dict(signals(judged.reading, judged.look))


@cache
def _wrong(sample: Sample, text: str) -> float:
    return sample.wrong(text)


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


def _judged(sample: Sample, reader: Reader, cache: Path) -> Judged:
    kept = cache / f"{sample.name}.{reader.name}-{quote(reader.version, safe='')}.json"
    if kept.exists():
        return Judged.model_validate_json(kept.read_bytes())
    _load(reader)  # type: ignore[arg-type]  # every reader is hashable, as objects are
    image = _image(sample)
    began = time.process_time()  # with what is measured of a reading
    reading = on_page(with_ink(reader.read(image.raster, (sample.language,)), image), image)
    judged = Judged(reading=reading, look=image.look, seconds=time.process_time() - began)
    kept.write_text(judged.model_dump_json(), encoding="utf-8")
    return judged


def _image(sample: Sample) -> PageImage:
    with sample.file.open("rb") as document:
        kind = media_type(document.read(HEAD_BYTES)) or ""
        document.seek(0)
        wanted = RenderRequest(
            media_type=kind, page=sample.page, max_pixels=_PIXELS, image_pixels=10 * _PIXELS, dpi=300
        )
        rendered, pixels = render(wanted.model_dump_json().encode(), document)
    return _prepared(rendered, pixels)


def _prepared(rendered: Rendered, pixels: bytes) -> PageImage:
    look, treatment = rendered.look, rendered.treatment
    size = look.width, look.height
    raster = Raster(pixels, *prepared_size(size, treatment), max(1, round(look.dpi * treatment.scale)))
    done = Preparation(steps=treatment.steps, to_page=to_page(size, treatment)) if treatment.steps else None
    return PageImage(raster, look, done)
