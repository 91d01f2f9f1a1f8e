"""Ink that nobody read: an engine that overlooks half of a page can be sure of every word of the other half."""

from collections.abc import Sequence

from functions.engine.pages import PageImage
from functions.engine.preparation.look import Look
from functions.engine.reader import Raster, count
from functions.runtime.reading import Line, Reading

SIGNAL = "unread_ink"

#: Of the way from ink to paper, what is darker than this is ink.
_INK = 0.7
#: Accents and descenders reach out of a line's box by about this share of its height.
_MARGIN = 6


def with_ink(reading: Reading, image: PageImage) -> Reading:
    """The reading of `image.raster` with the share of ink that it leaves out, where it says where it has read."""
    if not reading.lines:
        return reading
    unread = unread_ink(image.raster, image.look, reading.lines)
    return reading.model_copy(update={"signals": {**reading.signals, SIGNAL: unread}})


def unread_ink(raster: Raster, look: Look, lines: Sequence[Line]) -> float:
    """The share of the dark pixels that lie in no line. `lines` are places on this raster. 0 where nothing is dark."""
    dark = bytes(range(max(1, round(look.paper - look.contrast * 255 * (1 - _INK)))))
    everything = count(raster.pixels, dark)
    left = bytearray(raster.pixels)
    for line in lines:
        _cover(left, raster, line)
    return count(left, dark) / everything if everything else 0.0


def _cover(pixels: bytearray, raster: Raster, line: Line) -> None:
    margin = max(1, (line.box[3] - line.box[1]) // _MARGIN)
    left, right = max(0, line.box[0] - margin), min(raster.width, line.box[2] + margin)
    paper = b"\xff" * max(0, right - left)
    for row in range(max(0, line.box[1] - margin), min(raster.height, line.box[3] + margin)):
        pixels[row * raster.width + left : row * raster.width + left + len(paper)] = paper
