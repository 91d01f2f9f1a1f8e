"""Small documents, made by hand."""

import io
import struct
import zlib
from collections.abc import Iterable

from PIL import Image

WHITE_PICTURE = (
    "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 1 >>"
)


def pdf(contents: Iterable[bytes], *, box: str = "0 0 595 842", rotate: int = 0) -> bytes:
    """A PDF with these content streams as pages, Helvetica as /F1 and a picture as /Im1."""
    streams = list(contents)
    pages = [4 + 2 * number for number in range(len(streams))]
    kids = " ".join(f"{page} 0 R" for page in pages)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4 + 2 * len(streams): WHITE_PICTURE.encode() + b"\nstream\n\xff\nendstream",
    }
    resources = f"/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 {4 + 2 * len(streams)} 0 R >> >>"
    for page, stream in zip(pages, streams, strict=True):
        described = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Rotate {rotate} {resources} /Contents {page + 1} 0 R >>"
        )
        objects[page] = described.encode()
        objects[page + 1] = f"<< /Length {len(stream)} >>".encode() + b"\nstream\n" + stream + b"\nendstream"
    return _file(objects)


def line(text: str, *, mode: int = 0, size: int = 24, at: tuple[int, int] = (72, 700)) -> bytes:
    """A line of text as a content stream; mode 3 is invisible."""
    escaped = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return f"BT /F1 {size} Tf {mode} Tr {at[0]} {at[1]} Td (".encode() + escaped + b") Tj ET\n"


def picture(width: int, height: int) -> bytes:
    """A picture of so many points, as a content stream."""
    return f"q {width} 0 0 {height} 0 0 cm /Im1 Do Q\n".encode()


def image(picture: Image.Image, kind: str, **options: object) -> io.BytesIO:
    """An image file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    file.seek(0)
    return file


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    end = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + end


def _file(objects: dict[int, bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.7\n"), {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offsets[number]:010d} 00000 n \n".encode() for number in sorted(objects))
    return bytes(out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
