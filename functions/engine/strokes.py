"""Strokes that nobody read: an engine that overlooks half of a page can be sure of every word of the other half.

Edges are counted, and not dark pixels, as light writing on dark and gray on gray have as many as black on white, and
blots and borders have few.
"""

import time
from collections.abc import Sequence

from functions.engine.pages import PageImage
from functions.engine.preparation.look import Look
from functions.engine.reader import Raster
from functions.engine.routing.signals import UNREAD_STROKES
from functions.reading.reading import Line, Reading

#: So large a part of the way from ink to paper lies between the two sides of an edge, which are as far apart as this.
_STEP = 0.2
_APART_PX = 2
#: Noise of a page without any contrast, in gray levels.
_LEAST_STEP = 8
#: Edges that go on for so many times the height of letters are borders of tables and pictures.
_BORDER = 2.5
_LEAST_BORDER_PX = 30
#: Accents and descenders reach out of a line's box by about this share of its height.
_MARGIN = 6
#: A byte's bit that says that there is an edge; grays have six bits, so that a sum or difference stays in its byte.
_EDGE = 0x80
_GRAYS = bytes(level >> 2 for level in range(256))


def with_strokes(reading: Reading, image: PageImage) -> Reading:
    """The reading of `image.raster` with the share of strokes that it leaves out, where it says where it has read.

    The seconds that this takes are in its timings, as `strokes`.
    """
    if not reading.lines:
        return reading
    begun = time.monotonic()
    unread = unread_strokes(image.raster, image.look, reading.lines)
    timings = {**reading.timings, "strokes": time.monotonic() - begun}
    return reading.model_copy(update={"signals": {**reading.signals, UNREAD_STROKES: unread}, "timings": timings})


def unread_strokes(raster: Raster, look: Look, lines: Sequence[Line]) -> float:
    """The share of the strokes' edges that lie in no line, 0 to 1. `lines` are places on this raster."""
    left = _strokes(raster, look)
    everything = left.count(_EDGE)
    for line in lines:
        _cover(left, raster, line)
    return left.count(_EDGE) / everything if everything else 0.0


def _strokes(raster: Raster, look: Look) -> bytearray:
    """_EDGE for each pixel where a stroke begins or ends, else 0. Steps to the right only: rules across have none.

    The page is one large number, of a byte per pixel: an operation on it goes over all pixels at once, without any
    library, and an engine's process has none that knows pictures.
    """
    size = len(raster.pixels)
    page = int.from_bytes(raster.pixels.translate(_GRAYS), "little")
    step = max(_LEAST_STEP, round(_STEP * look.contrast * 255)) >> 2
    edges = _steps(page, page >> 8 * _APART_PX, step, size) & ((1 << 8 * max(0, size - _APART_PX)) - 1)
    border = max(_LEAST_BORDER_PX, round(_BORDER * look.text_height))
    return bytearray((edges ^ _upright(edges, border, 8 * raster.width)).to_bytes(size, "little"))


def _steps(a: int, b: int, step: int, size: int) -> int:
    """Where two numbers of `size` bytes below 64 are `step` apart, byte by byte."""
    edge, steps = (int.from_bytes(bytes([byte]) * size, "little") for byte in (_EDGE, step))
    return (((a | edge) - b - steps) | ((b | edge) - a - steps)) & edge


def _upright(edges: int, length: int, row: int) -> int:
    """What stands at least `length` rows of `row` bits high: a morphological opening, whose reach doubles each time."""
    found, reach = edges, 1
    while reach < length:
        further = min(reach, length - reach)
        found &= found >> row * further
        reach += further
    reach = 1
    while reach < length:
        further = min(reach, length - reach)
        found |= found << row * further
        reach += further
    return found


def _cover(edges: bytearray, raster: Raster, line: Line) -> None:
    left, top, right, bottom = line.box
    margin = max(1, (bottom - top) // _MARGIN)
    left, right = max(0, left - margin), min(raster.width, right + margin)
    nothing = bytes(max(0, right - left))
    for row in range(max(0, top - margin), min(raster.height, bottom + margin)):
        edges[row * raster.width + left : row * raster.width + left + len(nothing)] = nothing
