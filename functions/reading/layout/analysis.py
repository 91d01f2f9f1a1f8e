"""Analyze the layout of a page: put lines in reading order, and group them into blocks.

The steps, each in a module of its own:

1. `deskew`, `segments`: remove the slant of the page, and split lines where their words are far apart.
2. `neighbours`: link each segment to its right neighbour and to its only lower neighbour. These are the
   nearest-neighbour links of O'Gorman's Docstrum (The Document Spectrum for Page Layout Analysis, 1993), with the line
   height as the unit.
3. `gutters`: find the gutters between columns of running text. As in Breuel's whitespace covers (Two Geometric
   Algorithms for Layout Analysis, 2002), a gutter extends until something crosses it. `line_numbers`: find the gutters
   between lines and their numbers in the margin.
4. `rows`: join segments that are side by side without a gutter between them, as in tables, forms and receipts.
5. `xy_cut`: order the rows by the XY-cut (Nagy and Seth, 1984). A gutter prevents cuts across it.
6. `paragraphs`, `tables`, `blocks`: group the rows, and find the kind of each group.

No library fits. Without a layout model, an algorithm must decide between columns and rows. Docling and Surya have no
such algorithm. Docling's rule-based order needs the blocks of a layout model. For the lines of an engine, it reads
tables and forms column by column, and produces three times as many wrong characters as sorting the lines by position.
Surya's order is a part of its model.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from functions.reading.boxes import enclose_boxes
from functions.reading.layout.blocks import average_confidence, build_blocks
from functions.reading.layout.deskew import deskew_lines
from functions.reading.layout.gutters import find_gutters, split_at_gutters
from functions.reading.layout.line_numbers import find_number_gutters
from functions.reading.layout.neighbours import link_lower_neighbours, link_right_neighbours
from functions.reading.layout.paragraphs import group_rows
from functions.reading.layout.rows import TextRow, build_rows
from functions.reading.layout.segments import LineSegment, measure_line_height
from functions.reading.layout.xy_cut import sort_rows
from functions.reading.reading import Block, Line, Polygon, Word


@dataclass(frozen=True, slots=True)
class PageLayout:
    """The lines, blocks and text of a page in reading order.

    Every line belongs to one block, which refers to it by its index in `lines`. In the text, each row of a table or
    form is one line, and an empty line separates blocks.
    """

    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]
    text: str


def analyze_layout(lines: Sequence[Line], *, width: int, height: int) -> PageLayout:
    """Return the layout of a page of `width` by `height` pixels. The lines can come in any order.

    Lines that cross columns, or contain several cells of a table, are split if their words have positions.
    """
    segments = deskew_lines(lines, width, height)
    line_height = measure_line_height(segments, width, height)
    groups = group_rows(_build_ordered_rows(segments, line_height), line_height)
    ordered_lines = tuple(_to_line(lines[segment.line_index], segment) for segment in _iterate_segments(groups))
    blocks = tuple(build_blocks(groups, ordered_lines, line_height, height))
    return PageLayout(lines=ordered_lines, blocks=blocks, text="\n\n".join(block.text for block in blocks))


def _build_ordered_rows(segments: Sequence[LineSegment], line_height: float) -> list[TextRow]:
    right_neighbours = link_right_neighbours(segments, line_height)
    lower_neighbours = link_lower_neighbours(segments, line_height)
    gutters = [
        *find_gutters(segments, right_neighbours, lower_neighbours, line_height),
        *find_number_gutters(segments, right_neighbours, line_height),
    ]
    column_segments = split_at_gutters(segments, gutters, line_height)
    row_neighbours = link_right_neighbours(column_segments, line_height)
    rows = build_rows(column_segments, row_neighbours, gutters, line_height)
    return sort_rows(rows, gutters, line_height)


def _iterate_segments(groups: Iterable[Iterable[TextRow]]) -> Iterator[LineSegment]:
    return (segment for rows in groups for row in rows for segment in row.segments)


def _to_line(line: Line, segment: LineSegment) -> Line:
    """Return the line itself if the segment is the whole line, else a line with the words of the segment."""
    if len(segment.words) in (0, len(line.words)):
        return line
    words = line.words[segment.first_word : segment.first_word + len(segment.words)]
    return Line(
        text=segment.text,
        box=enclose_boxes(word.box for word in words),
        confidence=average_confidence(words),
        polygon=_enclose_polygons(words),
        words=words,
    )


def _enclose_polygons(words: Sequence[Word]) -> Polygon | None:
    """Return the polygon from the first word's left edge to the last word's right edge, or None without polygons."""
    first, last = words[0].polygon, words[-1].polygon
    return (first[0], last[1], last[2], first[3]) if first and last else None
