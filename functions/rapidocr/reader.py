"""RapidOCR with the PP-OCRv6 models of its wheel, on ONNX Runtime. Nothing is fetched from anywhere."""

import time
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from functions.engine.reader import Raster, Reading, confidence_in_no_text
from functions.rapidocr import models
from functions.rapidocr.places import Page, words
from functions.rapidocr.settings import RapidocrSettings
from functions.reading.layout.arranging import arrange
from functions.reading.reading import Line, Word

if TYPE_CHECKING:
    from functions.rapidocr.pipeline import Found, Pipeline

#: Of lines that are read right, hardly any is less sure.
_LOW = 0.9


class Rapidocr:
    """One for all threads."""

    name: ClassVar[str] = "rapidocr"
    languages = frozenset(models.LANGUAGES)

    def __init__(self, settings: RapidocrSettings) -> None:
        self._settings = settings
        self._pipeline: Pipeline | None = None

    @cached_property
    def version(self) -> str:
        return models.named(models.folder(), self._settings)

    def load(self) -> None:
        """Raises EngineError when a model cannot be loaded."""
        from functions.rapidocr.pipeline import Pipeline  # noqa: PLC0415  # it takes most of a start

        self._pipeline = Pipeline(models.folder(), self._settings)

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Raises EngineError. One model reads all languages; the text is as printed, in no spelling of its own."""
        if not self._pipeline:
            raise RuntimeError("RapidOCR is not loaded yet")
        started = time.monotonic()
        found, timings = self._pipeline.lines(image)
        sure = [line for line in found if line.confidence >= self._settings.min_line_confidence]
        page = Page(image.width, image.height)
        arranged = arrange([_line(line, page) for line in sure], width=image.width, height=image.height)
        return Reading(
            engine=self.name,
            engine_version=self.version,
            languages=languages,
            text=arranged.text,
            confidence=_mean(sure) if sure else confidence_in_no_text(image),
            width=image.width,
            height=image.height,
            dpi=image.dpi,
            blocks=arranged.blocks,
            lines=arranged.lines,
            signals=_signals(sure),
            seconds=time.monotonic() - started,
            timings=timings,
        )


def _line(found: "Found", page: Page) -> Line:
    return Line(
        text=_plain(" ".join(found.text.split())),
        box=page.box(found.corners),
        confidence=found.confidence,
        polygon=page.polygon(found.corners),
        words=tuple(_words(found, page)),
    )


def _words(found: "Found", page: Page) -> Iterator[Word]:
    for letters, begin, end in words(found.text, found.columns, found.length):
        corners, confidences = found.corners.part(begin, end), found.confidences[letters]
        yield Word(
            text=_plain(found.text[letters]),
            box=page.box(corners),
            confidence=sum(confidences) / len(confidences),
            polygon=page.polygon(corners),
        )


def _mean(lines: Sequence["Found"]) -> float:
    """By characters."""
    return sum(sum(line.confidences) for line in lines) / sum(len(line.confidences) for line in lines)


def _signals(lines: Sequence["Found"]) -> dict[str, float]:
    if not lines:
        return {"lines": 0.0}
    low = sum(line.confidence < _LOW for line in lines) / len(lines)
    return {"lines": float(len(lines)), "mean_confidence": _mean(lines), "low_confidence_lines": low}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text)
