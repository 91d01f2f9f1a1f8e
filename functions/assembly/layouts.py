"""What the output formats look like. Each is written page by page, so that a long document needs no memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from events.document import DocumentRecognized, OutputFormat
from functions.assembly import markdown
from functions.assembly.blocks import structured
from functions.assembly.pages import Page
from functions.reading.reading import Reading

FORM_FEED = "\f"
#: What a page has from its reading, and what it has without one.
_READ: dict[str, object] = {
    "text": None,
    "width": None,
    "height": None,
    "dpi": None,
    "lines": [],
    "blocks": [],
    "made_of": {},
    "disagreements": [],
}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A file: `head`, then the pages with `between` between them, then `tail`."""

    file: str
    media_type: str
    page: Callable[[Page, Reading | None], str]
    head: Callable[[DocumentRecognized], str] = lambda _: ""
    between: str
    tail: str = ""


def text_page(_: Page, reading: Reading | None) -> str:
    """Plain text; a page that could not be read is empty, and still a page."""
    # No reading brings a form feed of its own, which would count as the next page: Reading.text has none.
    text = reading.text.rstrip() if reading else ""
    return f"{text}\n" if text else ""


def markdown_page(page: Page, reading: Reading | None) -> str:
    """The page's number as a comment, then what is on it."""
    body = _marked_up(reading) if reading else f"*page {page.page} could not be read: {page.reason}*\n"
    return f"<!-- page {page.page} -->\n\n{body}" if body else f"<!-- page {page.page} -->\n"


def _marked_up(reading: Reading) -> str:
    """The engine's own Markdown where it has any, else its blocks, else its text."""
    if reading.markdown:
        return markdown.defused(reading.markdown)
    return structured(reading.blocks) if reading.blocks else markdown.paragraphs(reading.text)


def json_page(page: Page, reading: Reading | None) -> str:
    """Everything that is known of a page, boxes in pixels of `width` by `height`; the same members for every page."""
    read = reading.model_dump(mode="json", include=set(_READ)) if reading else {}
    return _json({**page.model_dump(exclude={"dataref"}), **_READ, **read})


def json_head(request: DocumentRecognized) -> str:
    """The document's own members, up to its pages."""
    document = {"document": str(request.document), "tenant": request.tenant, "bucket": request.bucket}
    return f'{_json({**document, "key": request.key})[:-1]},"pages":[\n'


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


LAYOUTS = {
    OutputFormat.TEXT: Layout(
        file="document.txt", media_type="text/plain; charset=utf-8", page=text_page, between=FORM_FEED
    ),
    OutputFormat.MARKDOWN: Layout(
        file="document.md", media_type="text/markdown; charset=utf-8", page=markdown_page, between="\n---\n\n"
    ),
    OutputFormat.JSON: Layout(
        file="document.json",
        media_type="application/json",
        head=json_head,
        page=json_page,
        between=",\n",
        tail="\n]}\n",
    ),
}
