"""What Surya writes, HTML, as text, as Markdown, and as the cells of a table."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from markdownify import ATX, MarkdownConverter

#: What stands on lines of its own.
_LINES = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "table", "tr", "pre", "blockquote", "hr"}
_CELLS = ("td", "th")
#: A model may write any number.
_MOST_SPANNED = 100
_SPACE, _SPACES = re.compile(r"\s+"), re.compile(" +")


class Written(NamedTuple):
    """A cell as it is written: its place and extent in the grid, and its text."""

    row: int
    column: int
    rows: int
    columns: int
    text: str


class _Converter(MarkdownConverter):
    def convert_math(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002  # the library's call
        """As it was written: in LaTeX, there is nothing to escape."""
        mark = "$$" if el.get("display") == "block" else "$"
        return f"{mark}{el.get_text().strip()}{mark}"


def markdown(html: str) -> str:
    """Markup that stands in the document itself is escaped."""
    converter = _Converter(heading_style=ATX, escape_misc=True, bullets="-", table_infer_header=True)
    converted: str = converter.convert(html)
    return unicodedata.normalize("NFC", converted).strip()


def text(html: str) -> str:
    """Line by line; a table's row is a line, with tabs between its cells. Formulas are in LaTeX."""
    return _plain(BeautifulSoup(html, "html.parser"))


def cells(html: str) -> tuple[Written, ...]:
    """Of the first table there is; none where there is none."""
    table = BeautifulSoup(html, "html.parser").find("table")
    return tuple(_placed(table.find_all("tr"))) if isinstance(table, Tag) else ()


def _plain(part: Tag) -> str:
    written = unicodedata.normalize("NFC", "".join(_pieces(part)))
    lines = (_SPACES.sub(" ", line).strip(" ") for line in written.split("\n"))
    return "\n".join(line for line in lines if line.strip())


def _pieces(part: PageElement) -> Iterator[str]:
    if isinstance(part, NavigableString):
        yield _SPACE.sub(" ", part)
    elif isinstance(part, Tag):
        edge = "\n" if part.name in _LINES else ""
        if part.name == "tr":
            inner: Iterable[str] = ["\t".join(_SPACE.sub(" ", _plain(cell)) for cell in part.find_all(_CELLS))]
        else:
            inner = (piece for child in part.children for piece in _pieces(child))
        yield "\n" if part.name == "br" else edge
        yield from inner
        yield edge


def _placed(rows: Iterable[Tag]) -> Iterator[Written]:
    """By the rules of HTML: a cell stands in the first column that none from above reaches into."""
    taken: set[tuple[int, int]] = set()
    for row, line in enumerate(rows):
        column = 0
        for cell in line.find_all(_CELLS, recursive=False):
            while (row, column) in taken:
                column += 1
            high, wide = _spanned(cell, "rowspan"), _spanned(cell, "colspan")
            taken |= {(row + down, column + right) for down in range(high) for right in range(wide)}
            yield Written(row, column, high, wide, _plain(cell))


def _spanned(cell: Tag, name: str) -> int:
    said = str(cell.get(name, "1"))
    return min(max(1, int(said)), _MOST_SPANNED) if said.isdecimal() else 1
