"""Thumbnails of document pages, rendered in a separate process because documents are untrusted and may crash it.

`python -m local.evaluation.page_images FILE PAGES` prints one JPEG a line, in base64. Pillow and pypdfium2 come with
`pagebus[documents]`; without them the result is empty.
"""

import base64
import io
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

# In pixels and JPEG quality: small print stays readable.
_WIDTH, _QUALITY = 900, 55
_SECONDS, _BYTES = 30, 4 << 30
_BASE64 = re.compile("[A-Za-z0-9+/]+={0,2}")


def render_thumbnails(file: Path, pages: int) -> list[str]:
    """Return the first pages as JPEGs in base64. The list is shorter or empty if pages cannot be rendered."""
    command = [sys.executable, "-m", __name__, str(file), str(pages)]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return []
    # A document may have taken over the process, so its output must not reach the report unchecked.
    return [line for line in shown.stdout.split() if _BASE64.fullmatch(line)]


def _print_thumbnails(file: str, pages: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    for image in islice(_render_pages(file), pages):
        made = io.BytesIO()
        image.convert("L").save(made, "JPEG", quality=_QUALITY, optimize=True)
        print(base64.b64encode(made.getvalue()).decode(), flush=True)


def _render_pages(file: str) -> Iterator["Image"]:
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError  # noqa: PLC0415  # only this process has it

    try:
        with Image.open(file) as opened:
            for frame in ImageSequence.Iterator(opened):
                turned = ImageOps.exif_transpose(frame).convert("L")
                turned.thumbnail((_WIDTH, _WIDTH * 10))
                yield turned
    except UnidentifiedImageError:
        yield from _render_pdf_pages(file)


def _render_pdf_pages(file: str) -> Iterator["Image"]:
    import pypdfium2  # noqa: PLC0415  # only this process has it

    for page in pypdfium2.PdfDocument(file):
        yield page.render(scale=_WIDTH / page.get_width()).to_pil()


if __name__ == "__main__":
    _print_thumbnails(sys.argv[1], int(sys.argv[2]))
