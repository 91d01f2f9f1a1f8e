"""Detect the media type of a file by its first bytes. File names and declared types can be wrong and are ignored."""

#: The number of bytes that detection needs. The header of a PDF is within the first 1,024 bytes (ISO 32000).
HEAD_BYTES = 1024
#: The supported formats, as messages name them.
SUPPORTED_TYPES = "PDF, TIFF, JPEG, PNG, WebP, HEIC, AVIF, BMP, GIF or JPEG 2000"

_SIGNATURES = (
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
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
#: Brands of HEIF files that do not state their codec. They count as HEIC.
_HEIF_BRANDS = {b"mif1", b"msf1"}


def detect_media_type(head: bytes) -> str | None:
    """Return the media type of a file, or None if it is not supported. `head` has the first HEAD_BYTES bytes."""
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _detect_heif_type(head)
    return "application/pdf" if b"%PDF-" in head[:HEAD_BYTES] else None


def _detect_heif_type(head: bytes) -> str | None:
    """Return the media type of an ISO base media file by its brands, or None if it is not supported.

    The header contains the length of the header, "ftyp", the main brand, a version, and the compatible brands.
    """
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[start : start + 4] for start in range(16, end, 4)}
    if brands & _AVIF_BRANDS:
        return "image/avif"
    return "image/heic" if brands & (_HEIC_BRANDS | _HEIF_BRANDS) else None
