"""Create documents that are partly readable."""

import io
import struct

from PIL import Image

from tests.kit import SAMPLES


def build_two_page_tiff(*, second_side: int) -> bytes:
    """Return a TIFF whose second page claims to be `second_side` pixels wide and high."""
    first = Image.open(io.BytesIO((SAMPLES / "brief.png").read_bytes())).convert("L")
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=[Image.new("L", (321, 123), 255)])
    raw = bytearray(file.getvalue())
    for tag, value in ((256, 321), (257, 123)):  # ImageWidth, ImageLength
        for kind in ("<HHIHxx", "<HHII"):
            layout = struct.Struct(kind)
            field = layout.pack(tag, 3 if "xx" in kind else 4, 1, value)
            raw = raw.replace(field, struct.pack("<HHII", tag, 4, 1, second_side))
    return bytes(raw)
