"""Build small PDFs and images for tests."""

import io
import struct
import zlib
from collections.abc import Iterable

from PIL import Image

_WHITE_PICTURE = (
    "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 1 >>"
)


def build_pdf(contents: Iterable[bytes], *, box: str = "0 0 595 842", rotate: int = 0) -> bytes:
    """Return a PDF with one page for each content stream. /F1 is Helvetica, and /Im1 is a white picture."""
    streams = list(contents)
    pages = [4 + 2 * number for number in range(len(streams))]
    kids = " ".join(f"{page} 0 R" for page in pages)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4 + 2 * len(streams): _WHITE_PICTURE.encode() + b"\nstream\n\xff\nendstream",
    }
    resources = f"/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 {4 + 2 * len(streams)} 0 R >> >>"
    for page, stream in zip(pages, streams, strict=True):
        page_object = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Rotate {rotate} {resources} /Contents {page + 1} 0 R >>"
        )
        objects[page] = page_object.encode()
        objects[page + 1] = f"<< /Length {len(stream)} >>".encode() + b"\nstream\n" + stream + b"\nendstream"
    return _build_file(objects)


def draw_text(text: str, *, mode: int = 0, size: int = 24, at: tuple[int, int] = (72, 700)) -> bytes:
    """Return a content stream with a line of text. Rendering mode 3 makes it invisible."""
    escaped = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return f"BT /F1 {size} Tf {mode} Tr {at[0]} {at[1]} Td (".encode() + escaped + b") Tj ET\n"


def draw_picture(width: int, height: int) -> bytes:
    """Return a content stream with a picture of this size in points."""
    return f"q {width} 0 0 {height} 0 0 cm /Im1 Do Q\n".encode()


def build_image(image: Image.Image, image_format: str, **options: object) -> io.BytesIO:
    """Return an image file in a format of Pillow."""
    file = io.BytesIO()
    image.save(file, image_format, **options)
    file.seek(0)
    return file


def build_png_header(width: int, height: int) -> bytes:
    """Return a PNG whose header states this size, but without pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + data


def _build_file(objects: dict[int, bytes]) -> bytes:
    file, offsets = bytearray(b"%PDF-1.7\n"), {}
    for number in sorted(objects):
        offsets[number] = len(file)
        file += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    start = len(file)
    file += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    file += b"".join(f"{offsets[number]:010d} 00000 n \n".encode() for number in sorted(objects))
    return bytes(file + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
