"""Parser of the output of DeepSeek-OCR: Markdown in parts, with an optional label and coordinates before each part.

The scripts of the model's authors define the format (github.com/deepseek-ai/DeepSeek-OCR-2, run_dpsk_ocr2_pdf.py):
`<|ref|>title<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>`, then the Markdown of the part. A coordinate of 999 is the right
or lower edge of the page.
"""

import re
from collections.abc import Iterator

from functions.engine.models.page_model import PageContent
from functions.reading.reading import Block, BlockKind, Box

#: Matches only complete headers. If an incomplete header matched too, the text after it would be read as coordinates.
_PART_HEADER = re.compile(r"<\|ref\|>([^<]*)<\|/ref\|><\|det\|>([^<]*)<\|/det\|>")
_BOX = re.compile(r"\[\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\]")
#: The coordinate of the right and of the lower edge of the page.
_EDGE = 999
_KINDS = {
    "title": BlockKind.HEADING,
    "sub_title": BlockKind.HEADING,
    "list": BlockKind.LIST,
    "table": BlockKind.TABLE,
    "equation": BlockKind.FORMULA,
    "formula": BlockKind.FORMULA,
    "image": BlockKind.PICTURE,
    "figure": BlockKind.PICTURE,
    "image_caption": BlockKind.CAPTION,
    "figure_caption": BlockKind.CAPTION,
    "table_caption": BlockKind.CAPTION,
    "header": BlockKind.HEADER,
    "footer": BlockKind.FOOTER,
}
_CELL_END, _ROW_END = re.compile(r"</t[dh]>"), re.compile(r"</tr>")
#: HTML tags that models write where Markdown has no syntax. Any other tag is text that is printed on the page.
_TAG = re.compile(
    r"</?(?:table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td|br|hr|p|div|span|center|sub|sup|b|i|u|s|em|strong"
    r"|small|a|img|ul|ol|li|h[1-6]|code|pre|blockquote|figure|figcaption)(?:\s[^<>]*)?/?>"
)
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_STRONG = re.compile(r"\*\*(.+?)\*\*")


def parse_output(output: str, width: int, height: int) -> PageContent:
    """Return text, Markdown and blocks of a page with this width and height in pixels.

    There are no blocks if the output has no labels and coordinates. A picture has a block without text.
    """
    blocks = tuple(_parse_blocks(output, width, height))
    markdown = re.sub(r"\n{3,}", "\n\n", _PART_HEADER.sub("", output)).strip()
    text = "\n\n".join(block.text for block in blocks if block.text) if blocks else _extract_text(markdown)
    return PageContent(text, markdown=markdown, blocks=blocks)


def _parse_blocks(output: str, width: int, height: int) -> Iterator[Block]:
    # `split` returns the Markdown before the first header, then label, coordinates and Markdown of each part.
    first_markdown, *fields = _PART_HEADER.split(output)
    if fields and (text := _extract_text(first_markdown)):
        yield Block(text=text)
    for label, coordinates, markdown in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        yield Block(
            kind=_KINDS.get(label.strip().lower(), BlockKind.TEXT),
            text=_extract_text(markdown),
            box=_parse_box(coordinates, width, height),
        )


def _parse_box(coordinates: str, width: int, height: int) -> Box | None:
    """Return the smallest box in pixels around all boxes of a part, or None if no box is valid."""
    boxes = [[int(number) for number in box] for box in _BOX.findall(coordinates)]
    valid_boxes = [box for box in boxes if box[0] < box[2] <= _EDGE and box[1] < box[3] <= _EDGE]
    if not valid_boxes:
        return None
    lefts, tops, rights, bottoms = zip(*valid_boxes, strict=True)
    return (
        _to_pixels(min(lefts), width),
        _to_pixels(min(tops), height),
        _to_pixels(max(rights), width),
        _to_pixels(max(bottoms), height),
    )


def _to_pixels(coordinate: int, size: int) -> int:
    return round(coordinate * size / _EDGE)


def _extract_text(markdown: str) -> str:
    """Return the text without markup. Each row of an HTML table becomes a line with tabs between its cells."""
    text = _ROW_END.sub("\n", _CELL_END.sub("\t", markdown))
    text = _STRONG.sub(r"\1", _HEADING.sub("", _TAG.sub("", text)))
    return "\n".join(line.strip() for line in text.splitlines()).strip()
