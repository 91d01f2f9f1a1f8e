"""What makes an engine: the one thing that its folder has to bring."""

from typing import ClassVar, Protocol

from functions.documents.model import Raster
from functions.reading.reading import Reading

__all__ = ["Raster", "Reader", "Reading", "confidence_in_no_text", "count"]

#: One in ten thousand pixels is four characters on a page of letter size.
_INK = 1e-4
_DARK = bytes(range(128))


class Reader(Protocol):
    """Made once per process, of the engine's settings; used by several threads at a time."""

    name: ClassVar[str]

    @property
    def version(self) -> str:
        """What was read with another version is read again: name the library and the model."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-2 codes, as deu."""
        ...

    def load(self) -> None:
        """Make ready to read. Called once, in the background: the port is open already, and pages wait for its end."""
        ...

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Raises whatever the engine raises; the page then goes on along its route."""
        ...


def confidence_in_no_text(image: Raster) -> float:
    """How sure to be that a page has no text, when none was found on it: 1 when it has hardly any ink, else 0.

    A blank back must not take the whole route; a photograph on which an engine was lost must.
    """
    return 1.0 if count(image.pixels, _DARK) < _INK * len(image.pixels) else 0.0


def count(pixels: bytes | bytearray, levels: bytes) -> int:
    """How many pixels have one of these gray levels."""
    return len(pixels) - len(pixels.translate(None, levels))
