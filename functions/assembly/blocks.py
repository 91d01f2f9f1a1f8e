"""Blocks as Markdown: headings, lists and tables. What they say is shown as it is, as in `markdown`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from functions.assembly.markdown import escaped, inline, paragraphs
from functions.reading.reading import Block, Cell, Kind

_BULLET = re.compile(r"[-–—•·▪●○*]\s+")  # noqa: RUF001  # the dashes are meant
_NUMBER = re.compile(r"(?:\d{1,2}[.)]|[A-Za-z]\))\s")


def structured(blocks: Iterable[Block]) -> str:
    """The blocks in their order, an empty line between them; empty when there is nothing in them."""
    return "\n".join(written for block in blocks if (written := _written(block)))


def _written(block: Block) -> str:
    if block.kind is Kind.HEADING and (title := " ".join(block.text.split())):
        return f"## {inline(title)}\n"
    if block.kind is Kind.LIST:
        return "".join(f"{line}\n" for line in _items(block.text.split("\n")))
    if block.kind is Kind.TABLE and block.cells:
        return "".join(f"{line}\n" for line in _table(block.cells))
    return paragraphs(block.text)


def _items(lines: Iterable[str]) -> Iterator[str]:
    """An item for each line with a mark; the lines after it go on with it. Numbers stay as they are written."""
    started = False
    for line in filter(None, map(str.strip, lines)):
        bullet = _BULLET.match(line)
        begins = bullet is not None or _NUMBER.match(line) is not None or not started
        yield f"{'- ' if begins else '  '}{escaped(line[bullet.end() :] if bullet else line)}"
        started = True


def _table(cells: Sequence[Cell]) -> Iterator[str]:
    """As GitHub writes tables: the first row is the head, and a cell over several columns stands in the first."""
    columns = range(max(cell.column for cell in cells) + 1)
    texts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for cell in cells:
        texts[cell.row, cell.column] += cell.text.split()
    for number, row in enumerate(sorted({cell.row for cell in cells})):
        yield f"| {' | '.join(inline(' '.join(texts[row, column])) for column in columns)} |"
        if number == 0:
            yield f"|{' --- |' * len(columns)}"
