"""The blocks of a page: where they are, and what, as far as their looks tell."""

from collections.abc import Iterable, Iterator, Sequence

from functions.reading.boxes import around
from functions.reading.layout.cells import cells, columns, spanned
from functions.reading.layout.paragraphs import big, listed
from functions.reading.layout.rows import Row
from functions.reading.reading import Block, Cell, Kind, Line, Word

#: A headline of more rows is text in big letters.
_HEADING_ROWS = 3
#: Headers and footers: within so much of the page's height from its edge, in so many rows, and with so many line
#: heights of nothing between them and the rest.
_EDGE = 0.08
_EDGE_ROWS = 2
_ALONE = 1.5


def blocks(parts: Sequence[Sequence[Row]], lines: Sequence[Line], height: float, page: int) -> Iterator[Block]:
    """One of each part. There is a line for each of their pieces, in the same order; the page is `page` pixels high."""
    first = 0
    for rows, kind in zip(parts, _kinds(parts, height, page), strict=True):
        last = first + sum(len(row.pieces) for row in rows)
        own = lines[first:last]
        yield Block(
            kind=kind,
            text="\n".join(row.text for row in rows),
            box=around(line.box for line in own),
            confidence=mean_confidence(own),
            lines=tuple(range(first, last)),
            cells=tuple(_cells(rows, own, height)) if kind is Kind.TABLE else (),
        )
        first = last


def mean_confidence(parts: Iterable[Line | Word]) -> float | None:
    """By characters; none when one of them has none."""
    known = [(part.confidence, len(part.text)) for part in parts]
    letters = sum(count for _, count in known)
    if not letters or any(confidence is None for confidence, _ in known):
        return None
    return min(1.0, sum((confidence or 0.0) * count for confidence, count in known) / letters)


def _kinds(parts: Sequence[Sequence[Row]], height: float, page: int) -> list[Kind]:
    found = [_kind(rows, height) for rows in parts]
    if len(parts) > 1:
        first, last = parts[0], parts[-1]
        if _short(first) and first[-1].bottom < _EDGE * page and _away(first, parts[1], height):
            found[0] = Kind.HEADER
        if _short(last) and last[0].top > (1 - _EDGE) * page and _away(parts[-2], last, height):
            found[-1] = Kind.FOOTER
    return found


def _kind(rows: Sequence[Row], height: float) -> Kind:
    if columns(rows, height):
        return Kind.TABLE
    if len(rows) <= _HEADING_ROWS and big(rows, height) and _lies(rows[0]):
        return Kind.HEADING
    return Kind.LIST if listed(rows) else Kind.TEXT


def _lies(row: Row) -> bool:
    """Letters in a line: neither writing that stands nor a number."""
    return row.right - row.left > row.bottom - row.top and any(letter.isalpha() for letter in row.text)


def _short(rows: Sequence[Row]) -> bool:
    return len(rows) <= _EDGE_ROWS


def _away(upper: Sequence[Row], lower: Sequence[Row], height: float) -> bool:
    return min(row.top for row in lower) - max(row.bottom for row in upper) > _ALONE * height


def _cells(rows: Sequence[Row], lines: Sequence[Line], height: float) -> Iterator[Cell]:
    found, line = columns(rows, height), iter(lines)
    for number, row in enumerate(rows):
        for part in cells(row, height):
            column, span = spanned(part, found)
            text = " ".join(piece.text for piece in part)
            yield Cell(row=number, column=column, columns=span, text=text, box=around(next(line).box for _ in part))
