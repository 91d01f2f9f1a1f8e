"""Script that generates the sample documents from the ground truths in its folder: `python local/samples/make.py`.

It writes each text as a PDF with a standard font. Scans are images of this PDF, some with added noise. Each page
therefore has exactly the text of its ground truth, and only the fonts of PDFium are needed. The same versions of PDFium
and Pillow generate the same bytes.
"""  # noqa: INP001  # a script beside its output; everything else in this folder is a document

import io
import random
from pathlib import Path

import pypdfium2
from PIL import Image

HERE = Path(__file__).parent
# The width and the height of a page, in points.
A4 = (595, 842)
# The gray level of the paper of a scan, from 0 (black) to 255 (white).
PAPER = 232
# The regular and the bold font of each typeface.
FONTS = {"serif": ("Times-Roman", "Times-Bold"), "sans": ("Helvetica", "Helvetica-Bold"), "mono": ("Courier",) * 2}


def make_samples(folder: Path) -> None:
    """Write all sample documents to the folder."""
    letter_page = add_dust(render_scan(load_truth("brief")[0], "serif", dpi=200), seed=1)
    letter_page.save(folder / "brief.png", optimize=True, bits=4, dpi=(200, 200))
    skewed_page = render_scan(load_truth("brief-schief")[0], "sans", dpi=200).rotate(
        1.7, Image.Resampling.BICUBIC, fillcolor=PAPER
    )
    skewed_page.save(folder / "brief-schief.jpg", quality=30, dpi=(200, 200))
    sizes_page = add_dust(render_scan(load_truth("Größe & Maß")[0], "serif", dpi=200), seed=2)
    sizes_page.save(folder / "Größe & Maß.png", optimize=True, bits=4, dpi=(200, 200))
    (folder / "rechnung.pdf").write_bytes(build_pdf([build_text_page(load_truth("rechnung")[0])], "mono"))
    typed, scanned = load_truth("gemischt")
    mixed: list[bytes | Image.Image] = [build_text_page(typed), render_scan(scanned, "serif", dpi=150)]
    (folder / "gemischt.pdf").write_bytes(build_pdf(mixed, "sans"))
    first, *rest = [render_scan(page, "sans", dpi=200).point(_binarize_level, "1") for page in load_truth("fax")]
    first.save(folder / "fax.tif", compression="group4", dpi=(200, 200), save_all=True, append_images=rest)


def load_truth(name: str) -> list[str]:
    """Return the ground truth of each page of a sample."""
    return (HERE / f"{name}.gt.txt").read_text("utf-8").split("\f")


def render_scan(text: str, font: str, *, dpi: int) -> Image.Image:
    """Return a grayscale image of a page with this text, on gray paper as in a scan."""
    with pypdfium2.PdfDocument(build_pdf([build_text_page(text)], font)) as document:
        page: Image.Image = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    return page.point([40 + level * (PAPER - 40) // 255 for level in range(256)])


def add_dust(page: Image.Image, *, seed: int) -> Image.Image:
    """Return the page with dark specks of dust, in 16 gray levels. The same seed generates the same dust."""
    generator, levels = random.Random(seed), bytearray(page.tobytes())  # noqa: S311  # the dust must be reproducible, not secret
    for _ in range(len(levels) // 400):
        pixel = generator.randrange(len(levels))
        levels[pixel] = max(0, levels[pixel] - generator.choice((16, 16, 32, 80)))
    gray16_page = Image.frombytes("P", page.size, bytes(level >> 4 for level in levels))
    gray16_page.putpalette([level * 17 for level in range(16) for _ in "rgb"])
    return gray16_page


def build_text_page(text: str) -> bytes:
    """Return a PDF content stream. The first line is a letterhead in 17 points, the other lines have 11 points."""
    head, *lines = [line.encode("cp1252") for line in text.splitlines()]
    escaped = [_escape(line) for line in lines]
    body = b"".join(b"T* (%s) Tj\n" % line if line else b"T*\n" for line in escaped)
    return b"BT 70 770 Td /F2 17 Tf (%s) Tj 0 -8 Td 15 TL /F1 11 Tf\n%sET" % (_escape(head), body)


def build_pdf(pages: list[bytes | Image.Image], font: str) -> bytes:
    """Return a PDF 1.4 file. Each page is a content stream or an image.

    `font` is a key of FONTS. In content streams, F1 is the regular font and F2 the bold font.
    """
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects += [
        b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>" % name.encode() for name in FONTS[font]
    ]
    page_references = []
    for page in pages:
        objects += _build_page(page, first=len(objects) + 1)
        page_references.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(page_references), b" ".join(page_references))
    return _build_file(objects)


def _build_page(page: bytes | Image.Image, *, first: int) -> list[bytes]:
    """Return the PDF objects of one page. The number of the first object is `first`. The last object is the page."""
    if isinstance(page, Image.Image):
        jpeg = io.BytesIO()
        page.save(jpeg, "JPEG", quality=40)
        image = (
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode"
        )
        parts = [_build_stream(jpeg.getvalue(), image % page.size), _build_stream(b"%d 0 0 %d 0 0 cm /Scan Do" % A4)]
        resources = b"/XObject<</Scan %d 0 R>>" % first
    else:
        parts, resources = [_build_stream(page)], b"/Font<</F1 3 0 R/F2 4 0 R>>"
    content = first + len(parts) - 1
    page_object = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Resources<<%s>>>>"
    return [*parts, page_object % (*A4, content, resources)]


def _build_stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def _build_file(objects: list[bytes]) -> bytes:
    pdf, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(pdf))
    return pdf + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, trailer)


def _escape(line: bytes) -> bytes:
    return line.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _binarize_level(level: int) -> int:
    """Return black (0) or white (255) for a gray level, as a fax does."""
    return 255 if level > PAPER * 2 // 3 else 0


if __name__ == "__main__":
    make_samples(HERE)
