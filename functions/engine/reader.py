"""The interface of an OCR engine. Each engine implements this interface in the reader.py of its folder."""

from typing import ClassVar, Protocol

from functions.documents.model import Raster
from functions.reading.reading import Reading

__all__ = ["Raster", "Reader", "Reading", "count_pixels", "estimate_no_text_confidence"]

#: A page with a smaller share of dark pixels is blank. Four characters on a letter-size page have about this share.
_MIN_INK_SHARE = 1e-4
_DARK_LEVELS = bytes(range(128))


class Reader(Protocol):
    """An OCR engine. A process creates one reader from the engine's settings. The reader is thread-safe."""

    name: ClassVar[str]

    @property
    def version(self) -> str:
        """The versions of library and model. After a change, pages that the old version has read are read again."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the engine can read, as ISO 639-2 codes, for example deu."""
        ...

    def load(self) -> None:
        """Load the model. This is called once in a background thread, and pages wait until it returns."""
        ...

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page image. After any error except Unavailable, the next engine gets the page."""
        ...


def estimate_no_text_confidence(image: Raster) -> float:
    """Return the confidence of a reading without text: 1 if the page has hardly any ink, else 0.

    Another engine cannot improve the result for a blank page. But it may find text on a page with ink, for example in a
    photograph.
    """
    return 1.0 if count_pixels(image.pixels, _DARK_LEVELS) < _MIN_INK_SHARE * len(image.pixels) else 0.0


def count_pixels(pixels: bytes | bytearray, levels: bytes) -> int:
    """Return the number of pixels that have one of these gray levels."""
    return len(pixels) - len(pixels.translate(None, levels))
