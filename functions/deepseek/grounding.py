"""What DeepSeek-OCR writes of a page: Markdown, each part of which may begin with what it is and where.

As its authors' own scripts read it (github.com/deepseek-ai/DeepSeek-OCR-2, run_dpsk_ocr2_pdf.py):
`<|ref|>title<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>`, then the part's Markdown; 999 is the right or lower edge.
"""

import re
from collections.abc import Iterator

from functions.engine.models.answers import Content
from functions.reading.reading import Block, Box, Kind

#: Nothing but a whole part: one that was not ended would take the next one's text for its place.
_PART = re.compile(r"<\|ref\|>([^<]*)<\|/ref\|><\|det\|>([^<]*)<\|/det\|>")
_BOX = re.compile(r"\[\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\]")
_EDGE = 999
_KINDS = {
    "title": Kind.HEADING,
    "sub_title": Kind.HEADING,
    "list": Kind.LIST,
    "table": Kind.TABLE,
    "equation": Kind.FORMULA,
    "formula": Kind.FORMULA,
    "image": Kind.PICTURE,
    "figure": Kind.PICTURE,
    "image_caption": Kind.CAPTION,
    "figure_caption": Kind.CAPTION,
    "table_caption": Kind.CAPTION,
    "header": Kind.HEADER,
    "footer": Kind.FOOTER,
}
_CELL_END, _ROW_END = re.compile(r"</t[dh]>"), re.compile(r"</tr>")
#: Of HTML, what Markdown has no signs for; other tags are printed on the page.
_TAG = re.compile(
    r"</?(?:table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td|br|hr|p|div|span|center|sub|sup|b|i|u|s|em|strong"
    r"|small|a|img|ul|ol|li|h[1-6]|code|pre|blockquote|figure|figcaption)(?:\s[^<>]*)?/?>"
)
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_STRONG = re.compile(r"\*\*(.+?)\*\*")


def parsed(written: str, width: int, height: int) -> Content:
    """Text and blocks; no blocks where it says no places. Pictures stay in no text: they have none."""
    blocks = tuple(_blocks(written, width, height))
    markdown = re.sub(r"\n{3,}", "\n\n", _PART.sub("", written)).strip()
    text = "\n\n".join(block.text for block in blocks if block.text) if blocks else _plain(markdown)
    return Content(text, markdown=markdown, blocks=blocks)


def _blocks(written: str, width: int, height: int) -> Iterator[Block]:
    """`split` gives what stands before the first part, then three of each: what, where, Markdown."""
    before, *found = _PART.split(written)
    if found and (text := _plain(before)):
        yield Block(text=text)
    for label, places, markdown in zip(found[::3], found[1::3], found[2::3], strict=True):
        yield Block(
            kind=_KINDS.get(label.strip().lower(), Kind.TEXT),
            text=_plain(markdown),
            box=_around(places, width, height),
        )


def _around(places: str, width: int, height: int) -> Box | None:
    """One box around all places of a part, in pixels; None when there is none that lies on the page."""
    boxes = [[int(number) for number in box] for box in _BOX.findall(places)]
    inside = [box for box in boxes if box[0] < box[2] <= _EDGE and box[1] < box[3] <= _EDGE]
    if not inside:
        return None
    lefts, tops, rights, bottoms = zip(*inside, strict=True)
    return (
        _pixels(min(lefts), width),
        _pixels(min(tops), height),
        _pixels(max(rights), width),
        _pixels(max(bottoms), height),
    )


def _pixels(place: int, of: int) -> int:
    return round(place * of / _EDGE)


def _plain(markdown: str) -> str:
    """Without marks; a table, which it writes as HTML, as a line per row, cells apart by tabs."""
    text = _ROW_END.sub("\n", _CELL_END.sub("\t", markdown))
    text = _STRONG.sub(r"\1", _HEADING.sub("", _TAG.sub("", text)))
    return "\n".join(line.strip() for line in text.splitlines()).strip()
