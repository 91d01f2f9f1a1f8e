"""Render the lines that the tiny models can read, as pages for an engine."""

import io
from pathlib import Path
from typing import Any

from functions.documents.formats import open_document
from functions.engine.models.page_model import to_rgb_image
from functions.engine.reader import Raster
from tests.unit.documents.document_builders import build_pdf, draw_text

LINES = ("Rechnung Nr. 4711", "Größe: 5 Maß Öl", "Überweisung 12,50 €")
#: The folder of the models, each in a folder with its name.
MODELS_DIR = Path(__file__).parent / "tiny"
#: In points. At 300 dpi a page is narrower than a tile of DeepSeek, so that it is one view and training stays short. It
#: is hardly higher than the line, because processors stretch a page to a square or pad it to one.
_WIDTH, _HEIGHT, _SIZE = 180, 24, 17


def build_document(text: str) -> bytes:
    """Return a PDF of one small page with this line."""
    return build_pdf([draw_text(text, size=_SIZE, at=(12, 7))], box=f"0 0 {_WIDTH} {_HEIGHT}")


def render_page(text: str) -> Raster:
    """Return the page with this line as the sandbox renders it: 750 x 100 gray pixels."""
    return render_first_page(build_document(text))


def render_first_page(document: bytes) -> Raster:
    """Return the first page of a PDF."""
    return open_document(io.BytesIO(document), "application/pdf").render_page(1, max_pixels=20_000_000)


def render_images() -> list[Any]:
    """Return the pages of all lines as images for a processor."""
    return [to_rgb_image(render_page(text)) for text in LINES]
