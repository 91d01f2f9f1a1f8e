"""Measure the share of a page's pen strokes that are outside of all lines that an engine read.

An engine can skip half of a page and still be confident of every word in the other half. The measure counts edges,
because light text on a dark background has as many edges as black text on white paper. Blots and borders have few.
"""

import time
from collections.abc import Sequence

from functions.documents.model import Raster
from functions.engine.preparation.measurements import PageMeasurements
from functions.reading.reading import Line, Reading

#: The name of this signal in a reading.
UNREAD_STROKES = "unread_strokes"
#: An edge is a gray level step of at least this share of the contrast, between pixels at this distance.
_EDGE_CONTRAST = 0.2
_EDGE_DISTANCE_PX = 2
#: The smallest step in gray levels. Noise on a page without contrast stays below it.
_MIN_EDGE_STEP = 8
#: Vertical edges of at least this many text heights and this many pixels are table borders and pictures, not strokes.
_BORDER_TEXT_HEIGHTS = 2.5
_MIN_BORDER_PX = 30
#: Accents and descenders extend beyond the box of a line by about a sixth of its height.
_MARGIN_DIVISOR = 6
#: The bit of a byte that marks an edge. Gray levels are reduced to six bits, so sums and differences fit into a byte.
_EDGE_BIT = 0x80
_SIX_BIT_GRAYS = bytes(level >> 2 for level in range(256))


def add_unread_strokes(reading: Reading, raster: Raster, measurements: PageMeasurements) -> Reading:
    """Return the reading with the share of unread strokes in its signals. Its timings contain the seconds for this.

    The boxes of lines are in pixels of `raster`. A reading without lines is returned unchanged.
    """
    if not reading.lines:
        return reading
    started = time.monotonic()
    share = measure_unread_strokes(raster, measurements, reading.lines)
    timings = {**reading.timings, "strokes": time.monotonic() - started}
    return reading.model_copy(update={"signals": {**reading.signals, UNREAD_STROKES: share}, "timings": timings})


def measure_unread_strokes(raster: Raster, measurements: PageMeasurements, lines: Sequence[Line]) -> float:
    """Return the share of stroke edges outside of all lines, from 0 to 1. Line boxes are in pixels of `raster`."""
    edges = _find_stroke_edges(raster, measurements)
    total = edges.count(_EDGE_BIT)
    for line in lines:
        _clear_line(edges, raster, line)
    return edges.count(_EDGE_BIT) / total if total else 0.0


def _find_stroke_edges(raster: Raster, measurements: PageMeasurements) -> bytearray:
    """Return one byte per pixel: _EDGE_BIT where a stroke begins or ends, else 0.

    Each pixel is compared with a pixel on its right, so horizontal ruling lines have no edges. The engine's process has
    no image library, so the page is one large integer with a byte per pixel. One operation processes all pixels.
    """
    size = len(raster.pixels)
    page = int.from_bytes(raster.pixels.translate(_SIX_BIT_GRAYS), "little")
    step = max(_MIN_EDGE_STEP, round(_EDGE_CONTRAST * measurements.contrast * 255)) >> 2
    has_right_pixel = (1 << 8 * max(0, size - _EDGE_DISTANCE_PX)) - 1
    edges = _mark_steps(page, page >> 8 * _EDGE_DISTANCE_PX, step, size) & has_right_pixel
    border = max(_MIN_BORDER_PX, round(_BORDER_TEXT_HEIGHTS * measurements.text_height))
    return bytearray((edges ^ _find_vertical_runs(edges, border, 8 * raster.width)).to_bytes(size, "little"))


def _mark_steps(page: int, shifted: int, step: int, size: int) -> int:
    """Return an integer with _EDGE_BIT in each byte where two pages differ by at least `step`.

    Both pages have `size` bytes with values below 64.
    """
    edge, steps = (int.from_bytes(bytes([byte]) * size, "little") for byte in (_EDGE_BIT, step))
    return (((page | edge) - shifted - steps) | ((shifted | edge) - page - steps)) & edge


def _find_vertical_runs(edges: int, length: int, row_bits: int) -> int:
    """Return the edges that continue for at least `length` rows: a morphological opening.

    The number of compared rows doubles in each step, so the number of steps is the logarithm of `length`.
    """
    runs, reach = edges, 1
    while reach < length:
        growth = min(reach, length - reach)
        runs &= runs >> row_bits * growth
        reach += growth
    reach = 1
    while reach < length:
        growth = min(reach, length - reach)
        runs |= runs << row_bits * growth
        reach += growth
    return runs


def _clear_line(edges: bytearray, raster: Raster, line: Line) -> None:
    """Remove the edges in the box of the line and in a margin around it."""
    left, top, right, bottom = line.box
    margin = max(1, (bottom - top) // _MARGIN_DIVISOR)
    left, right = max(0, left - margin), min(raster.width, right + margin)
    blank = bytes(max(0, right - left))
    for row in range(max(0, top - margin), min(raster.height, bottom + margin)):
        edges[row * raster.width + left : row * raster.width + left + len(blank)] = blank
