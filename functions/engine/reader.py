"""The interface of an OCR engine. Each engine implements it in the reader.py of its folder."""

from typing import ClassVar, Protocol

from functions.documents.model import Raster
from functions.reading.reading import Reading

__all__ = ["Raster", "Reader", "Reading", "count_pixels", "estimate_no_text_confidence"]

#: A page with a smaller share of dark pixels is blank. On a page of letter size, this is about four characters.
_MIN_INK_SHARE = 1e-4
_DARK_LEVELS = bytes(range(128))


class Reader(Protocol):
    """An OCR engine. A process creates one reader from the engine's settings; several threads use it at a time."""

    name: ClassVar[str]

    @property
    def version(self) -> str:
        """The versions of library and model. Pages that another version has read are read again."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the engine can read, as ISO 639-2 codes, for example deu."""
        ...

    def load(self) -> None:
        """Load the model. Called once, in a background thread: the port is open already, and pages wait for the end."""
        ...

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page image. After any error except Unavailable, the next engine gets the page."""
        ...


def estimate_no_text_confidence(image: Raster) -> float:
    """Return the confidence of a reading without text: 1 if the page has hardly any ink, else 0.

    A blank page needs no other engine. A photograph in which an engine found no text needs one.
    """
    return 1.0 if count_pixels(image.pixels, _DARK_LEVELS) < _MIN_INK_SHARE * len(image.pixels) else 0.0


def count_pixels(pixels: bytes | bytearray, levels: bytes) -> int:
    """Return the number of pixels that have one of these gray levels."""
    return len(pixels) - len(pixels.translate(None, levels))
