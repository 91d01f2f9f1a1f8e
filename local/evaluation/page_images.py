"""Thumbnails of document pages. A separate process renders them, because an untrusted document may crash a renderer.

`python -m local.evaluation.page_images FILE PAGES` prints the first PAGES pages, one JPEG per line in Base64. It prints
none if `pagebus[documents]` with Pillow and pypdfium2 is not installed.
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

# With this width and JPEG quality, small print is still readable.
_WIDTH_PIXELS, _JPEG_QUALITY = 900, 55
_MAX_SECONDS, _MAX_MEMORY_BYTES = 30, 4 << 30
_BASE64 = re.compile("[A-Za-z0-9+/]+={0,2}")


def render_thumbnails(file: Path, pages: int) -> list[str]:
    """Return the first `pages` pages as JPEGs in Base64. The list is shorter or empty if pages cannot be rendered."""
    command = [sys.executable, "-m", __name__, str(file), str(pages)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=_MAX_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return []
    # A malicious document may control the process, so its output must be checked before it gets into the report.
    return [line for line in result.stdout.split() if _BASE64.fullmatch(line)]


def _print_thumbnails(file: str, pages: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_SECONDS, _MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    for image in islice(_render_pages(file), pages):
        jpeg = io.BytesIO()
        image.convert("L").save(jpeg, "JPEG", quality=_JPEG_QUALITY, optimize=True)
        print(base64.b64encode(jpeg.getvalue()).decode(), flush=True)


def _render_pages(file: str) -> Iterator["Image"]:
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError  # noqa: PLC0415  # may not be installed

    try:
        with Image.open(file) as document:
            for frame in ImageSequence.Iterator(document):
                page_image = ImageOps.exif_transpose(frame).convert("L")
                page_image.thumbnail((_WIDTH_PIXELS, _WIDTH_PIXELS * 10))
                yield page_image
    except UnidentifiedImageError:
        yield from _render_pdf_pages(file)


def _render_pdf_pages(file: str) -> Iterator["Image"]:
    import pypdfium2  # noqa: PLC0415  # may not be installed

    for page in pypdfium2.PdfDocument(file):
        yield page.render(scale=_WIDTH_PIXELS / page.get_width()).to_pil()


if __name__ == "__main__":
    _print_thumbnails(sys.argv[1], int(sys.argv[2]))
