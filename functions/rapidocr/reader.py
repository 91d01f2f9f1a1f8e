"""Reader of pages with RapidOCR and the PP-OCRv6 models of its wheel, on ONNX Runtime. It downloads nothing."""

import time
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from functions.engine.reader import Raster, Reading, estimate_no_text_confidence
from functions.rapidocr import models
from functions.rapidocr.coordinates import PageArea, locate_words
from functions.rapidocr.settings import RapidocrSettings
from functions.reading.layout.analysis import analyze_layout
from functions.reading.reading import Line, Word

if TYPE_CHECKING:
    from functions.rapidocr.pipeline import Pipeline, RecognizedLine

#: A line with a lower confidence probably has errors. Lines without errors almost always have at least this confidence.
_LOW_CONFIDENCE = 0.9


class Rapidocr:
    """The RapidOCR engine. All threads share one pipeline."""

    name: ClassVar[str] = "rapidocr"
    languages = frozenset(models.LANGUAGES)

    def __init__(self, settings: RapidocrSettings) -> None:
        self._settings = settings
        self._pipeline: Pipeline | None = None

    @cached_property
    def version(self) -> str:
        return models.build_version(models.find_models_dir(), self._settings)

    def load(self) -> None:
        """Load both models. Raise EngineError if one cannot be loaded."""
        from functions.rapidocr.pipeline import Pipeline  # noqa: PLC0415  # its import takes most of a start

        self._pipeline = Pipeline(models.find_models_dir(), self._settings)

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page. Raise EngineError.

        One model reads all languages without spelling rules, so `languages` does not change the text.
        """
        if not self._pipeline:
            raise RuntimeError("RapidOCR is not loaded yet")
        started = time.monotonic()
        recognized, timings = self._pipeline.recognize_lines(image)
        lines = [line for line in recognized if line.confidence >= self._settings.min_line_confidence]
        page = PageArea(image.width, image.height)
        layout = analyze_layout([_build_line(line, page) for line in lines], width=image.width, height=image.height)
        return Reading(
            engine=self.name,
            engine_version=self.version,
            languages=languages,
            text=layout.text,
            confidence=_compute_mean_confidence(lines) if lines else estimate_no_text_confidence(image),
            width=image.width,
            height=image.height,
            dpi=image.dpi,
            blocks=layout.blocks,
            lines=layout.lines,
            signals=_compute_signals(lines),
            seconds=time.monotonic() - started,
            timings=timings,
        )


def _build_line(line: "RecognizedLine", page: PageArea) -> Line:
    return Line(
        text=_normalize(" ".join(line.text.split())),
        box=page.compute_box(line.corners),
        confidence=line.confidence,
        polygon=page.compute_polygon(line.corners),
        words=tuple(_build_words(line, page)),
    )


def _build_words(line: "RecognizedLine", page: PageArea) -> Iterator[Word]:
    for word_slice, begin, end in locate_words(line.text, line.char_columns, line.column_count):
        corners, confidences = line.corners.crop(begin, end), line.confidences[word_slice]
        yield Word(
            text=_normalize(line.text[word_slice]),
            box=page.compute_box(corners),
            confidence=sum(confidences) / len(confidences),
            polygon=page.compute_polygon(corners),
        )


def _compute_mean_confidence(lines: Sequence["RecognizedLine"]) -> float:
    """Return the mean confidence of all characters of the lines, from 0 to 1."""
    return sum(sum(line.confidences) for line in lines) / sum(len(line.confidences) for line in lines)


def _compute_signals(lines: Sequence["RecognizedLine"]) -> dict[str, float]:
    if not lines:
        return {"lines": 0.0}
    low_confidence_share = sum(line.confidence < _LOW_CONFIDENCE for line in lines) / len(lines)
    return {
        "lines": float(len(lines)),
        "mean_confidence": _compute_mean_confidence(lines),
        "low_confidence_lines": low_confidence_share,
    }


def _normalize(text: str) -> str:
    return unicodedata.normalize("NFC", text)
