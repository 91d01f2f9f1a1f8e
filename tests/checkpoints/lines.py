"""What the tiny models can read, as the pages that an engine is given."""

import io
from pathlib import Path
from typing import Any

from functions.documents.opening import open_document
from functions.engine.models.pages import picture
from functions.engine.reader import Raster
from tests.unit.documents.handmade import line, pdf

LINES = ("Rechnung Nr. 4711", "Größe: 5 Maß Öl", "Überweisung 12,50 €")
#: Where the models are kept, each under its name.
HOME = Path(__file__).parent / "tiny"
#: Points. At 300 dpi less wide than a tile of DeepSeek's, so that a page is one view and training stays short;
#: and hardly higher than the line, which processors stretch to a square or lay into one.
_WIDTH, _HEIGHT, _SIZE = 180, 24, 17


def document(text: str) -> bytes:
    """A PDF of one small page that holds this line."""
    return pdf([line(text, size=_SIZE, at=(12, 7))], box=f"0 0 {_WIDTH} {_HEIGHT}")


def page(text: str) -> Raster:
    """That page as the sandbox renders it: 750 x 100 pixels of gray."""
    return rendered(document(text))


def rendered(document: bytes) -> Raster:
    """The first page of a PDF."""
    return open_document(io.BytesIO(document), "application/pdf").render(1, max_pixels=20_000_000)


def pictures() -> list[Any]:
    """The pages of all lines, as processors take them."""
    return [picture(page(text)) for text in LINES]
