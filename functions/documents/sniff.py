"""What a file is, by its first bytes. Names and declared types are not believed."""

#: How much of a file tells its type: ISO 32000 readers look for a PDF's header in this much.
HEAD_BYTES = 1024
#: What is read, for people.
TYPES = "PDF, TIFF, JPEG, PNG, WebP, HEIC, AVIF, BMP, GIF or JPEG 2000"

_STARTS = (
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
)
_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
#: HEIF with an unsaid codec.
_HEIF = {b"mif1", b"msf1"}


def media_type(head: bytes) -> str | None:
    """The media type of a file that begins like this (HEAD_BYTES are enough), None when it is none of ours."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return "application/pdf" if b"%PDF-" in head[:HEAD_BYTES] else None


def _by_brand(head: bytes) -> str | None:
    """ISO base media files list the brands that they comply with: the main one, a version, then others."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, end, 4)}
    if brands & _AVIF:
        return "image/avif"
    return "image/heic" if brands & (_HEIC | _HEIF) else None
