"""What a document has to show. Pages count from 1."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

#: An image with more pixels than this is refused by its header alone: A4 at 1,200 dpi has 139 million.
IMAGE_PIXELS = 200_000_000


@dataclass(frozen=True)
class Raster:
    """A page as pixels: 8-bit gray, 0 is black, row by row without padding. `dpi` relates them to paper.

    Where the document does not state it, `dpi` is what scanners are usually set to.
    """

    pixels: bytes
    width: int
    height: int
    dpi: int
    dpi_stated: bool = True


@dataclass(frozen=True)
class Size:
    """A page's size in points of 1/72 inch, upright as it is read."""

    width: float
    height: float


class Placed(NamedTuple):
    """What is written in one place, in points from the left and the top of the page, upright as it is read.

    `glued` is what no white space parts from what comes before it in the document.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    glued: bool = False


@dataclass(frozen=True)
class TextLayer:
    """Text that a page brings along (NFC, lines ending in a line feed), whether to believe it, and why.

    `lines` are its words by line, in the order of the text; none where `unplaced` says why they have no places.
    """

    text: str
    trusted: bool
    why: str
    lines: tuple[tuple[Placed, ...], ...] = ()
    unplaced: str = ""


class Document(Protocol):
    """An opened document. Methods raise DocumentProblem."""

    @property
    def page_count(self) -> int: ...

    def size(self, page: int) -> Size: ...

    def text(self, page: int, *, places: bool = True) -> TextLayer:
        """What it brings along; where its words stand only if `places`, as that takes longer than all else."""
        ...

    def render(self, page: int, *, max_pixels: int, dpi: int = 300) -> Raster:
        """The page at `dpi`, or at as much as `max_pixels` allows."""
        ...
