"""Renderer of text and blocks as Markdown. Text that looks like markup is escaped, so it is shown as on the page."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from functions.reading.reading import Block, BlockKind, Cell

# Inline markup of CommonMark, GitHub and HTML. An ampersand is markup only where it starts an HTML entity.
_INLINE_MARKUP = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
# Characters at the start of a line that make it a heading, a list item, a thematic break or a row of a table.
_BLOCK_MARK = re.compile(r"([#+\-=:])|(\d{1,9})([.)])(?=\s|$)")
# In the Markdown of an engine: an escaped character, or (group 1) the start of HTML, a link, an image or code.
_ACTIVE_MARKUP = re.compile(r"\\[!-/:-@\[-`{-~]|([\\`~\[\]<]|&(?=#?\w+;))")
# Markdown hides number signs at the end of a heading, unless the first of them is escaped.
_HEADING_CLOSE = re.compile(r"(?<!\S)#+$")
_BULLET = re.compile(r"[-–—•·▪●○*]\s+")  # noqa: RUF001  # typographic dashes are bullets too
_ITEM_NUMBER = re.compile(r"(?:\d{1,2}[.)]|[A-Za-z]\))\s")


def render_blocks(blocks: Iterable[Block]) -> str:
    """Return the blocks in their order, separated by empty lines. Blocks without text are skipped."""
    return "\n".join(rendered for block in blocks if (rendered := _render_block(block)))


def render_paragraphs(text: str) -> str:
    """Return the paragraphs of a text, separated by empty lines. Line breaks stay. Return "" if there is no text."""
    lines = [escape_line(line.strip()) for line in text.splitlines()]
    paragraphs = [paragraph.strip("\n") for paragraph in "\n".join(lines).split("\n\n") if paragraph.strip("\n")]
    return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


def sanitize_markdown(markdown: str) -> str:
    """Return the Markdown of an engine with headings, lists, tables and emphasis, but no links, images, HTML or code.

    The author of the page is unknown. HTML could run scripts in a browser, an image could be loaded from any server,
    and an unclosed code block would include the following pages.
    """
    sanitized = _ACTIVE_MARKUP.sub(lambda match: f"\\{match[0]}" if match[1] else match[0], markdown).strip()
    return f"{sanitized}\n" if sanitized else ""


def escape_line(line: str) -> str:
    """Return the line with escaped markup, so that Markdown shows the line as plain text."""
    # Each part of the line is escaped once. A second time would escape the backslash before the first mark.
    mark = _BLOCK_MARK.match(line)
    start = mark.end() if mark else 0
    return _escape_mark(mark) + _escape_inline(line[start:])


def _escape_inline(text: str) -> str:
    return _INLINE_MARKUP.sub(r"\\\g<0>", text)


def _escape_mark(match: re.Match[str] | None) -> str:
    """Return the text that `_BLOCK_MARK` matched, with its mark escaped. Return "" without a match."""
    if match is None:
        return ""
    mark, number, dot = match.groups()
    return f"\\{mark}" if mark else f"{number}\\{dot}"


def _render_block(block: Block) -> str:
    if block.kind is BlockKind.HEADING and (title := " ".join(block.text.split())):
        escaped = _HEADING_CLOSE.sub(r"\\\g<0>", _escape_inline(title))
        return f"## {escaped}\n"
    if block.kind is BlockKind.LIST:
        return "".join(f"{line}\n" for line in _render_list(block.text.split("\n")))
    if block.kind is BlockKind.TABLE and block.cells:
        return "".join(f"{line}\n" for line in _render_table(block.cells))
    return render_paragraphs(block.text)


def _render_list(lines: Iterable[str]) -> Iterator[str]:
    """Yield Markdown list lines. The first line, and each line with a bullet or number, starts an item."""
    is_first = True
    for line in filter(None, map(str.strip, lines)):
        bullet = _BULLET.match(line)
        starts_item = bullet is not None or _ITEM_NUMBER.match(line) is not None or is_first
        yield f"{'- ' if starts_item else '  '}{escape_line(line[bullet.end() :] if bullet else line)}"
        is_first = False


def _render_table(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the lines of a GitHub table. The first row is the header. A wide cell has its text in its first column."""
    columns = range(max(cell.column for cell in cells) + 1)
    texts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for cell in cells:
        texts[cell.row, cell.column] += cell.text.split()
    for number, row in enumerate(sorted({cell.row for cell in cells})):
        yield f"| {' | '.join(_escape_inline(' '.join(texts[row, column])) for column in columns)} |"
        if number == 0:
            yield f"|{' --- |' * len(columns)}"
