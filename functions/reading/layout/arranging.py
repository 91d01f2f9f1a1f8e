"""Puts what an engine found on a page in reading order, by columns, rows and blocks.

The steps, each a module of its own:

1. `levelling`, `pieces`: the page's slant is taken out, and lines are cut where their words are far apart.
2. `neighbours`: who stands beside whom, and who below whom alone: the nearest-neighbour links of O'Gorman's Docstrum
   (The Document Spectrum for Page Layout Analysis, 1993), with the line's height as the measure.
3. `columns`: gutters, where running text stands beside running text; as in Breuel's whitespace covers (Two Geometric
   Algorithms for Layout Analysis, 2002) they reach as far as nothing crosses them. `margins`: likewise between lines
   and the numbers that count them.
4. `rows`: what stands side by side and is not parted by a gutter is read across, as in tables, forms and receipts.
5. `order`: the XY-cut (Nagy and Seth, 1984) over rows, in which a gutter forbids to cut across it.
6. `paragraphs`, `cells`, `blocks`: what belongs together, and what it is.

Why no library: Docling's rule-based order is made for blocks that a layout model has found and named. Given an
engine's lines, it reads tables and forms column by column, and three times as many characters come out wrong as when
they are merely sorted. Surya's order is a part of its model. Pages without a model need the choice between reading
down and reading across, which neither makes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from functions.reading.boxes import around
from functions.reading.layout.blocks import blocks, mean_confidence
from functions.reading.layout.columns import cut, gutters
from functions.reading.layout.levelling import levelled
from functions.reading.layout.margins import numbered
from functions.reading.layout.neighbours import below, beside
from functions.reading.layout.order import ordered
from functions.reading.layout.paragraphs import paragraphs
from functions.reading.layout.pieces import Piece, line_height
from functions.reading.layout.rows import Row, rows
from functions.reading.reading import Block, Line, Polygon, Word


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Lines, blocks and text in reading order. Blocks refer to `lines` by their places in it, and leave none out.

    A row of a table or form is one line of the text, and an empty line separates blocks.
    """

    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]
    text: str


def arrange(lines: Sequence[Line], *, width: int, height: int) -> Arrangement:
    """Arrange the lines of a page of `width` by `height` pixels, given in any order.

    Lines that go across columns, or hold several cells of a table, come back in parts, when their words have places.
    """
    found = levelled(lines, width, height)
    size = line_height(found, width, height)
    parts = paragraphs(_in_order(found, size), size)
    arranged = tuple(_line(lines[piece.line], piece) for piece in _all(parts))
    made = tuple(blocks(parts, arranged, size, height))
    return Arrangement(lines=arranged, blocks=made, text="\n\n".join(block.text for block in made))


def _in_order(found: Sequence[Piece], size: float) -> list[Row]:
    near = beside(found, size)
    parted = [*gutters(found, near, below(found, size), size), *numbered(found, near, size)]
    whole = cut(found, parted, size)
    return ordered(rows(whole, beside(whole, size), parted, size), parted, size)


def _all(parts: Iterable[Iterable[Row]]) -> Iterator[Piece]:
    return (piece for rows in parts for row in rows for piece in row.pieces)


def _line(line: Line, piece: Piece) -> Line:
    """The same line, or the part of it that the piece is."""
    if len(piece.words) in (0, len(line.words)):
        return line
    words = line.words[piece.first : piece.first + len(piece.words)]
    confidence = mean_confidence(words)
    return Line(
        text=piece.text,
        box=around(word.box for word in words),
        confidence=confidence,
        polygon=_polygon(words),
        words=words,
    )


def _polygon(words: Sequence[Word]) -> Polygon | None:
    first, last = words[0].polygon, words[-1].polygon
    return (first[0], last[1], last[2], first[3]) if first and last else None
