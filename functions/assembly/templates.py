"""Templates of the output formats. A file is written page by page, so memory does not grow with the number of pages."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from events.document import DocumentRecognized, OutputFormat
from functions.assembly.markdown import render_blocks, render_paragraphs, sanitize_markdown
from functions.assembly.pages import PageMetadata
from functions.reading.reading import Reading

FORM_FEED = "\f"
#: The JSON members of a page that come from its reading, with their values for a page without a reading.
_READING_MEMBERS: dict[str, object] = {
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
class OutputTemplate:
    """An output file: a head, the pages with a separator between them, and a tail."""

    file_name: str
    media_type: str
    render_page: Callable[[PageMetadata, Reading | None], str]
    render_head: Callable[[DocumentRecognized], str] = lambda _: ""
    separator: str
    tail: str = ""


def render_text_page(_: PageMetadata, reading: Reading | None) -> str:
    """Return the text of a page with a final line feed, or "" for a page without text."""
    # In the file, each form feed starts the next page. A page has none: Reading.text contains no control characters.
    text = reading.text.rstrip() if reading else ""
    return f"{text}\n" if text else ""


def render_markdown_page(page: PageMetadata, reading: Reading | None) -> str:
    """Return the Markdown of a page: a comment with its number, and its content or the reason why it has no text."""
    body = _render_reading(reading) if reading else f"*page {page.page} could not be read: {page.reason}*\n"
    return f"<!-- page {page.page} -->\n\n{body}" if body else f"<!-- page {page.page} -->\n"


def _render_reading(reading: Reading) -> str:
    """Return Markdown from the Markdown of the reading if it has any, else from its blocks, else from its text."""
    if reading.markdown:
        return sanitize_markdown(reading.markdown)
    return render_blocks(reading.blocks) if reading.blocks else render_paragraphs(reading.text)


def render_json_page(page: PageMetadata, reading: Reading | None) -> str:
    """Return the page as a JSON object with the same members for every page. Boxes are in pixels."""
    members = reading.model_dump(mode="json", include=set(_READING_MEMBERS)) if reading else {}
    return _to_json({**page.model_dump(exclude={"dataref"}), **_READING_MEMBERS, **members})


def render_json_head(request: DocumentRecognized) -> str:
    """Return the start of the JSON file: the members of the document, and the start of the list of pages."""
    document = {"document": str(request.document), "tenant": request.tenant, "bucket": request.bucket}
    return f'{_to_json({**document, "key": request.key})[:-1]},"pages":[\n'


def _to_json(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


TEMPLATES = {
    OutputFormat.TEXT: OutputTemplate(
        file_name="document.txt",
        media_type="text/plain; charset=utf-8",
        render_page=render_text_page,
        separator=FORM_FEED,
    ),
    OutputFormat.MARKDOWN: OutputTemplate(
        file_name="document.md",
        media_type="text/markdown; charset=utf-8",
        render_page=render_markdown_page,
        separator="\n---\n\n",
    ),
    OutputFormat.JSON: OutputTemplate(
        file_name="document.json",
        media_type="application/json",
        render_head=render_json_head,
        render_page=render_json_page,
        separator=",\n",
        tail="\n]}\n",
    ),
}
