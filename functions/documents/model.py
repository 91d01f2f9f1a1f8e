"""The interface of an opened document, and the data types that it returns. Page numbers start at 1."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

#: The largest number of pixels in an image, according to its header. A4 at 1,200 dpi has 139 million pixels.
MAX_IMAGE_PIXELS = 200_000_000


@dataclass(frozen=True)
class Raster:
    """A page image in 8-bit gray: 0 is black, and rows have no padding. `dpi` is the resolution on paper.

    `dpi_stated` is False if the document does not state its resolution. Then `dpi` is the usual setting of scanners.
    """

    pixels: bytes
    width: int
    height: int
    dpi: int
    dpi_stated: bool = True


@dataclass(frozen=True)
class PageSize:
    """The size of an upright page in points (1/72 inch)."""

    width: float
    height: float


class PositionedText(NamedTuple):
    """A character or word with its box, in points from the top left corner of the upright page.

    `no_space_before` is True if no white space separates this text from the preceding text in the document.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    no_space_before: bool = False


@dataclass(frozen=True)
class TextLayer:
    """The text that a page contains. If `is_trusted`, it replaces OCR. `why` is the reason for trust or distrust.

    The text is NFC, with line feeds at line ends. `lines` contains the words of each line, in the order of the text. If
    positions are unknown, `lines` is empty and `missing_positions_reason` is set.
    """

    text: str
    is_trusted: bool
    why: str
    lines: tuple[tuple[PositionedText, ...], ...] = ()
    missing_positions_reason: str = ""


class OpenedDocument(Protocol):
    """An opened document. All methods raise DocumentProblem if the page cannot be read."""

    @property
    def page_count(self) -> int: ...

    def get_page_size(self, page: int) -> PageSize: ...

    def extract_text_layer(self, page: int, *, with_positions: bool = True) -> TextLayer:
        """Return the text of a page. Finding word positions takes most of the time, so it is optional."""
        ...

    def render_page(self, page: int, *, max_pixels: int, dpi: int = 300) -> Raster:
        """Return the page image at `dpi`, or at a lower resolution if it would exceed `max_pixels`."""
        ...
