"""Lines found on a page, put into its blocks.

Surya's detection tells where a line is, and its model what a block says. A line has its text where its block has as
many lines of text as were found in it; where not, nobody knows which words stand on it, and its text is empty.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from functions.reading.boxes import around_points
from functions.reading.reading import Block, Box, Line, Polygon


def placed(polygons: Iterable[Polygon], blocks: Sequence[Block]) -> tuple[list[Line], list[Block]]:
    """The lines in reading order, those outside all blocks last, and the blocks with the lines that stand in them."""
    own: dict[int | None, list[Polygon]] = defaultdict(list)
    for polygon in polygons:
        own[_home(around_points(polygon), blocks)].append(polygon)
    found = [sorted(own[n], key=lambda polygon: around_points(polygon)[1]) for n in range(len(blocks))]
    ends = [0, *accumulate(map(len, found))]
    lines = [line for polygons, block in zip(found, blocks, strict=True) for line in _lines(polygons, block.text)]
    owning = [block.model_copy(update={"lines": tuple(range(ends[n], ends[n + 1]))}) for n, block in enumerate(blocks)]
    return [*lines, *_lines(own[None], "")], owning


def _home(line: Box, blocks: Sequence[Block]) -> int | None:
    """The block that holds its middle."""
    x, y = (line[0] + line[2]) / 2, (line[1] + line[3]) / 2
    boxes = ((n, block.box) for n, block in enumerate(blocks) if block.box)
    return next((n for n, box in boxes if box[0] <= x < box[2] and box[1] <= y < box[3]), None)


def _lines(polygons: Sequence[Polygon], text: str) -> list[Line]:
    # No confidence: the detection's own is that there is a line at all.
    written = text.split("\n") if text else []
    texts = written if len(written) == len(polygons) else [""] * len(polygons)
    return [
        Line(text=own, box=around_points(polygon), polygon=polygon)
        for polygon, own in zip(polygons, texts, strict=True)
    ]
