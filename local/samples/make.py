"""Makes the sample documents from the ground truths beside this file: `python local/samples/make.py`.

Every letter is set as a PDF in a standard font; scans are that PDF rendered and spoilt. So the ground truth is what
stands on the page by construction, and no font is needed but those that PDFium brings. The same versions of PDFium and
Pillow make the same bytes.
"""  # noqa: INP001  # a script beside its output; everything else in this folder is a document

import io
import random
from pathlib import Path

import pypdfium2
from PIL import Image

HERE = Path(__file__).parent
A4 = (595, 842)
PAPER = 232
FONTS = {"serif": ("Times-Roman", "Times-Bold"), "sans": ("Helvetica", "Helvetica-Bold"), "mono": ("Courier",) * 2}


def make(folder: Path) -> None:
    """Write every sample to `folder`."""
    brief = worn(scan(truth("brief")[0], "serif", dpi=200), seed=1)
    brief.save(folder / "brief.png", optimize=True, bits=4, dpi=(200, 200))
    skewed = scan(truth("brief-schief")[0], "sans", dpi=200).rotate(1.7, Image.Resampling.BICUBIC, fillcolor=PAPER)
    skewed.save(folder / "brief-schief.jpg", quality=30, dpi=(200, 200))
    sizes = worn(scan(truth("Größe & Maß")[0], "serif", dpi=200), seed=2)
    sizes.save(folder / "Größe & Maß.png", optimize=True, bits=4, dpi=(200, 200))
    (folder / "rechnung.pdf").write_bytes(pdf([text_page(truth("rechnung")[0])], "mono"))
    typed, scanned = truth("gemischt")
    mixed: list[bytes | Image.Image] = [text_page(typed), scan(scanned, "serif", dpi=150)]
    (folder / "gemischt.pdf").write_bytes(pdf(mixed, "sans"))
    first, *rest = [scan(page, "sans", dpi=200).point(_black_or_white, "1") for page in truth("fax")]
    first.save(folder / "fax.tif", compression="group4", dpi=(200, 200), save_all=True, append_images=rest)


def truth(name: str) -> list[str]:
    """The ground truth of each page."""
    return (HERE / f"{name}.gt.txt").read_text("utf-8").split("\f")


def scan(text: str, font: str, *, dpi: int) -> Image.Image:
    """The page on gray paper, as a scanner sees it."""
    with pypdfium2.PdfDocument(pdf([text_page(text)], font)) as document:
        page: Image.Image = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    return page.point([40 + level * (PAPER - 40) // 255 for level in range(256)])


def worn(page: Image.Image, *, seed: int) -> Image.Image:
    """The page with specks of dust, in sixteen grays."""
    dust, levels = random.Random(seed), bytearray(page.tobytes())  # noqa: S311  # the same dust every time
    for _ in range(len(levels) // 400):
        at = dust.randrange(len(levels))
        levels[at] = max(0, levels[at] - dust.choice((16, 16, 32, 80)))
    sixteen = Image.frombytes("P", page.size, bytes(level >> 4 for level in levels))
    sixteen.putpalette([level * 17 for level in range(16) for _ in "rgb"])
    return sixteen


def text_page(text: str) -> bytes:
    """Content stream: the first line as a letterhead, the others below it, 11 on 15 points."""
    head, *lines = [line.encode("cp1252") for line in text.splitlines()]
    escaped = [_escaped(line) for line in lines]
    shown = b"".join(b"T* (%s) Tj\n" % line if line else b"T*\n" for line in escaped)
    return b"BT 70 770 Td /F2 17 Tf (%s) Tj 0 -8 Td 15 TL /F1 11 Tf\n%sET" % (_escaped(head), shown)


def pdf(pages: list[bytes | Image.Image], font: str) -> bytes:
    """PDF 1.4 of pages that are either content streams or images; fonts 1 and 2 are `font` and its bold."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects += [
        b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>" % name.encode() for name in FONTS[font]
    ]
    kids = []
    for page in pages:
        objects += _page(page, first=len(objects) + 1)
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    return _file(objects)


def _page(page: bytes | Image.Image, *, first: int) -> list[bytes]:
    """The objects of one page, numbered from `first`; the last is the page itself."""
    if isinstance(page, Image.Image):
        jpeg = io.BytesIO()
        page.save(jpeg, "JPEG", quality=40)
        image = (
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode"
        )
        parts = [_stream(jpeg.getvalue(), image % page.size), _stream(b"%d 0 0 %d 0 0 cm /Scan Do" % A4)]
        resources = b"/XObject<</Scan %d 0 R>>" % first
    else:
        parts, resources = [_stream(page)], b"/Font<</F1 3 0 R/F2 4 0 R>>"
    content = first + len(parts) - 1
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Resources<<%s>>>>"
    return [*parts, leaf % (*A4, content, resources)]


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def _file(objects: list[bytes]) -> bytes:
    written, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, trailer)


def _escaped(line: bytes) -> bytes:
    return line.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _black_or_white(level: int) -> int:
    return 255 if level > PAPER * 2 // 3 else 0


if __name__ == "__main__":
    make(HERE)
