"""Conversion of Surya's HTML to text, Markdown and table cells. Printed text that looks like a tag is escaped."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from markdownify import ATX, MarkdownConverter

#: HTML elements that start and end a line of text.
_BLOCK_ELEMENTS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "table", "tr", "pre", "blockquote", "hr"}
)
_CELL_ELEMENTS = ("td", "th")
#: Maximum number of rows or columns of a cell, because the model can write any number.
_MAX_SPAN = 100
_WHITE_SPACE, _SPACES = re.compile(r"\s+"), re.compile(" +")

#: The elements of HTML, obsolete text elements, and Surya's elements for formulas.
_ALL_TAG_NAMES = (
    "a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption "
    "center chem cite code col colgroup data datalist dd del details dfn dialog div dl dt em embed "
    "fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe "
    "img input ins kbd label legend li link main map mark math menu meta meter nav noscript object ol "
    "optgroup option output p picture pre progress q rp rt ruby s samp script search section select slot "
    "small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th "
    "thead time title tr track tt u ul var video wbr "
)
_TAG_NAMES = frozenset(_ALL_TAG_NAMES.split())
#: A longer name is not a known tag. The limit also bounds the search if the model repeats `<a` and never closes a tag.
_MAX_TAG_NAME = max(map(len, _TAG_NAMES))
#: Matches the `<` where a parser would start a tag, a declaration or an instruction. Group 1 is the name of the tag.
_OPENING = re.compile(rf"<(?=[!?]|/?([A-Za-z][^\s/>]{{0,{_MAX_TAG_NAME}}}))")


class TableCell(NamedTuple):
    """A cell of an HTML table: its position and extent in the grid, and its text."""

    row: int
    column: int
    rows: int
    columns: int
    text: str


class _Converter(MarkdownConverter):
    def convert_math(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002  # the library's signature
        """Return the LaTeX of a formula between dollar signs. Formulas must not be escaped."""
        delimiter = "$$" if el.get("display") == "block" else "$"
        return f"{delimiter}{el.get_text().strip()}{delimiter}"


def to_markdown(html: str) -> str:
    """Return the HTML as Markdown. Characters of the text that would be markup in Markdown are escaped."""
    converter = _Converter(heading_style=ATX, escape_misc=True, bullets="-", table_infer_header=True)
    converted: str = converter.convert(html)
    return unicodedata.normalize("NFC", converted).strip()


def extract_text(html: str) -> str:
    """Return the lines of text. A table row is a line with tabs between its cells. Formulas stay in LaTeX."""
    return _extract_text(BeautifulSoup(html, "html.parser"))


def extract_cells(html: str) -> tuple[TableCell, ...]:
    """Return the cells of the first table, or () if there is no table."""
    table = BeautifulSoup(html, "html.parser").find("table")
    return tuple(_place_cells(table.find_all("tr"))) if isinstance(table, Tag) else ()


def escape_unknown_tags(html: str) -> str:
    """Return the HTML with `&lt;` for each `<` that begins no known tag, as in `<box>` or `<info@example.org>`.

    The model writes `<` for each printed `<`, and never `&lt;`. A parser would drop the text after such a character.
    """
    return _OPENING.sub(lambda match: "<" if (match[1] or "").lower() in _TAG_NAMES else "&lt;", html)


def _extract_text(element: Tag) -> str:
    text = unicodedata.normalize("NFC", "".join(_iterate_text(element)))
    lines = (_SPACES.sub(" ", line).strip(" ") for line in text.split("\n"))
    return "\n".join(line for line in lines if line.strip())


def _iterate_text(element: PageElement) -> Iterator[str]:
    if isinstance(element, NavigableString):
        yield _WHITE_SPACE.sub(" ", element)
    elif isinstance(element, Tag):
        line_break = "\n" if element.name in _BLOCK_ELEMENTS else ""
        if element.name == "tr":
            cells = (_WHITE_SPACE.sub(" ", _extract_text(cell)) for cell in element.find_all(_CELL_ELEMENTS))
            content: Iterable[str] = ["\t".join(cells)]
        else:
            content = (text for child in element.children for text in _iterate_text(child))
        yield "\n" if element.name == "br" else line_break
        yield from content
        yield line_break


def _place_cells(rows: Iterable[Tag]) -> Iterator[TableCell]:
    """Yield the cells of a table. As HTML defines, a cell starts in the first column that no earlier cell occupies."""
    occupied: set[tuple[int, int]] = set()
    for row, element in enumerate(rows):
        column = 0
        for cell in element.find_all(_CELL_ELEMENTS, recursive=False):
            while (row, column) in occupied:
                column += 1
            rowspan, colspan = _parse_span(cell, "rowspan"), _parse_span(cell, "colspan")
            occupied |= {(row + down, column + right) for down in range(rowspan) for right in range(colspan)}
            yield TableCell(row, column, rowspan, colspan, _extract_text(cell))


def _parse_span(cell: Tag, attribute: str) -> int:
    value = str(cell.get(attribute, "1"))
    return min(max(1, int(value)), _MAX_SPAN) if value.isdecimal() else 1
