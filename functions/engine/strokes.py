"""Strokes that nobody read: an engine that overlooks half of a page can be sure of every word of the other half.

Edges are counted, and not dark pixels, as light writing on dark and gray on gray have as many as black on white, and
blots and borders have few.
"""

from collections.abc import Sequence

from PIL import Image, ImageChops

from functions.engine.pages import PageImage
from functions.engine.preparation.look import Look
from functions.engine.reader import Raster
from functions.engine.routing.signals import UNREAD_STROKES
from functions.runtime.reading import Line, Reading

#: So large a part of the way from ink to paper lies between the two sides of an edge, which are as far apart as this.
_STEP = 0.2
_APART_PX = 2
#: Noise of a page without any contrast.
_LEAST_STEP = 8
#: Edges that go on for so many times the height of letters are borders of tables and pictures.
_BORDER = 2.5
_LEAST_BORDER_PX = 30
#: Accents and descenders reach out of a line's box by about this share of its height.
_MARGIN = 6


def with_strokes(reading: Reading, image: PageImage) -> Reading:
    """The reading of `image.raster` with the share of strokes that it leaves out, where it says where it has read."""
    if not reading.lines:
        return reading
    unread = unread_strokes(image.raster, image.look, reading.lines)
    return reading.model_copy(update={"signals": {**reading.signals, UNREAD_STROKES: unread}})


def unread_strokes(raster: Raster, look: Look, lines: Sequence[Line]) -> float:
    """The share of the strokes' edges that lie in no line, 0 to 1. `lines` are places on this raster."""
    left = _strokes(raster, look)
    everything = _count(left)
    for line in lines:
        _cover(left, line)
    return _count(left) / everything if everything else 0.0


def _strokes(raster: Raster, look: Look) -> Image.Image:
    """White where a stroke begins or ends, else black. Steps to the right are looked at, as a rule across has none."""
    page = Image.frombytes("L", (raster.width, raster.height), raster.pixels)
    step = max(_LEAST_STEP, round(_STEP * look.contrast * 255))
    steps = ImageChops.difference(page, ImageChops.offset(page, _APART_PX, 0))
    edges = steps.point([0] * step + [255] * (256 - step))
    return ImageChops.subtract(edges, _upright(edges, max(_LEAST_BORDER_PX, round(_BORDER * look.text_height))))


def _upright(edges: Image.Image, length: int) -> Image.Image:
    """What stands at least `length` pixels high: a morphological opening, whose reach doubles at each step."""
    found = edges
    for merge, way in ((ImageChops.darker, 1), (ImageChops.lighter, -1)):
        reach = 1
        while reach < length:
            further = min(reach, length - reach)
            found = merge(found, ImageChops.offset(found, 0, way * further))
            reach += further
    return found


def _count(edges: Image.Image) -> int:
    return edges.histogram()[-1]


def _cover(edges: Image.Image, line: Line) -> None:
    left, top, right, bottom = line.box
    margin = max(1, (bottom - top) // _MARGIN)
    edges.paste(0, (left - margin, top - margin, right + margin, bottom + margin))
