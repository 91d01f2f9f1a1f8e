"""What is read: the samples and what is made of them, never the same bytes twice, so that nothing is found again."""

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

#: One-page scans, 200 dpi, clean and skewed.
SCANS = ("brief.png", "brief-schief.jpg", "Größe & Maß.png")
LETTER = "rechnung.pdf"
_PNG_HEADER = 33
_WORDS_A_PAGE = 8


def corpus() -> list[Path]:
    """The files of PAGEBUS_CORPUS, or else our own samples, that have their truth beside them as NAME.gt.txt."""
    folder = Path(os.environ.get("PAGEBUS_CORPUS", make.HERE))
    truths = {truth: truth.name.removesuffix(".gt.txt") for truth in sorted(folder.glob("*.gt.txt"))}
    return [file for truth, name in truths.items() for file in folder.glob(f"{name}.*") if file != truth]


def sample(name: str) -> bytes:
    return (make.HERE / name).read_bytes()


def scans(count: int) -> list[tuple[str, bytes]]:
    """So many one-page scans with the ends of their names, the kinds in turn."""
    names = (SCANS[number % len(SCANS)] for number in range(count))
    return [(f"{uuid4()}.{name.rpartition('.')[2]}", varied(sample(name))) for name in names]


def letter() -> bytes:
    """A page that brings its own text."""
    return varied(sample(LETTER))


def slip() -> bytes:
    """A scan that is read in no time: what a document costs beside its reading."""
    return varied(_slip())


def book(pages: int) -> bytes:
    """A PDF whose pages are pictures of a few words each."""
    words, dice = make.truth("brief")[0].split(), random.Random(1)  # noqa: S311  # the same book every time
    texts = ("\n".join(dice.choices(words, k=_WORDS_A_PAGE)) for _ in range(pages))
    return varied(make.pdf([make.scan(text, "serif", dpi=100) for text in texts], "serif"))


def varied(document: bytes) -> bytes:
    """The same pages in other bytes: a remark is put where the format has a place for one."""
    remark = uuid4().hex.encode()
    if document.startswith(b"\x89PNG"):
        chunk = b"tEXtComment\0" + remark
        written = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        return document[:_PNG_HEADER] + written + document[_PNG_HEADER:]
    if document.startswith(b"\xff\xd8"):
        return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(remark) + 2) + remark + document[2:]
    if document.startswith(b"%PDF"):
        return document + b"\n%" + remark + b"\n"
    raise ValueError("only PNG, JPEG and PDF have a place for remarks here")


@cache
def _slip() -> bytes:
    page = make.scan("Größe und Maß\nüber 12,50 €", "sans", dpi=100)
    kept, written = page.crop((60, 60, 460, 160)), io.BytesIO()
    assert isinstance(kept, Image.Image)
    kept.save(written, "PNG", dpi=(100, 100))
    return written.getvalue()
