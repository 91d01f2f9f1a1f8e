"""Create the documents that are read. Their bytes are always new, so that no stored reading is found."""

import io
import os
import random
import struct
import zlib
from functools import cache
from pathlib import Path
from uuid import uuid4

from PIL import Image

from local.samples import make

#: One-page scans of 200 dpi, clean and skewed.
SCANS = ("brief.png", "brief-schief.jpg", "Größe & Maß.png")
TEXT_PDF = "rechnung.pdf"
_PNG_HEADER = 33
_WORDS_PER_PAGE = 8


def list_corpus_files() -> list[Path]:
    """Return the files in PAGEBUS_CORPUS, or else the samples of this repository, that have a text NAME.gt.txt."""
    folder = Path(os.environ.get("PAGEBUS_CORPUS", make.HERE))
    truths = {truth: truth.name.removesuffix(".gt.txt") for truth in sorted(folder.glob("*.gt.txt"))}
    return [file for truth, name in truths.items() for file in folder.glob(f"{name}.*") if file != truth]


def load_sample(name: str) -> bytes:
    return (make.HERE / name).read_bytes()


def create_scans(count: int) -> list[tuple[str, bytes]]:
    """Return one-page scans as pairs of a unique file name and content. The samples take turns."""
    names = (SCANS[number % len(SCANS)] for number in range(count))
    return [(f"{uuid4()}.{name.rpartition('.')[2]}", make_unique(load_sample(name))) for name in names]


def create_text_pdf() -> bytes:
    """Return a PDF of one page with a text layer."""
    return make_unique(load_sample(TEXT_PDF))


def create_small_scan() -> bytes:
    """Return a scan that takes almost no time to read. It shows the cost of a document without the reading."""
    return make_unique(_render_small_scan())


def create_book(pages: int) -> bytes:
    """Return a PDF whose pages are images of a few words each."""
    words, generator = make.load_truth("brief")[0].split(), random.Random(1)  # noqa: S311  # a fixed seed gives the same book
    texts = ("\n".join(generator.choices(words, k=_WORDS_PER_PAGE)) for _ in range(pages))
    return make_unique(make.build_pdf([make.render_scan(text, "serif", dpi=100) for text in texts], "serif"))


def make_unique(document: bytes) -> bytes:
    """Return the same pages in other bytes, with a random comment where the format allows one."""
    comment = uuid4().hex.encode()
    if document.startswith(b"\x89PNG"):
        chunk = b"tEXtComment\0" + comment
        encoded = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        return document[:_PNG_HEADER] + encoded + document[_PNG_HEADER:]
    if document.startswith(b"\xff\xd8"):
        return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + document[2:]
    if document.startswith(b"%PDF"):
        return document + b"\n%" + comment + b"\n"
    raise ValueError("Only PNG, JPEG and PDF documents can get a comment.")


@cache
def _render_small_scan() -> bytes:
    page = make.render_scan("Größe und Maß\nüber 12,50 €", "sans", dpi=100)
    part, file = page.crop((60, 60, 460, 160)), io.BytesIO()
    assert isinstance(part, Image.Image)
    part.save(file, "PNG", dpi=(100, 100))
    return file.getvalue()
