"""Images as documents: by Pillow, one decoder per media type, bombs refused by their header."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite, sqrt
from typing import BinaryIO, cast

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,  # noqa: F401  # decoders are loaded before the sandbox closes
    ExifTags,
    GifImagePlugin,  # noqa: F401  # see above
    Image,
    ImageOps,
    Jpeg2KImagePlugin,  # noqa: F401  # see above
    JpegImagePlugin,
    MpoImagePlugin,  # noqa: F401  # see above
    PngImagePlugin,  # noqa: F401  # see above
    TiffImagePlugin,
    WebPImagePlugin,  # noqa: F401  # see above
)

from functions.documents.model import Raster, Size, TextLayer
from functions.runtime.sandbox.problem import DocumentProblem

_FORMATS = {
    "image/tiff": "TIFF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
    "image/bmp": "BMP",
    "image/gif": "GIF",
    "image/jp2": "JPEG2000",
    "image/avif": "AVIF",
}
_POINTS_PER_INCH = 72
_USUAL_DPI = 300
#: Below and above, a stated resolution is a screen's or a mistake, and says nothing about paper.
_CREDIBLE_DPI = range(100, 2401)
_SIDEWAYS = {5, 6, 7, 8}
_DEEP_MODES = {"I", "F", "I;16", "I;16L", "I;16B", "I;16N"}

pillow_heif.register_heif_opener(thumbnails=False)
# One job is one processor's work; several run at once.
pillow_heif.options.DECODE_THREADS = 1
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


class ImageDocument:
    """An image file. Only a TIFF has pages; of an animation or a burst, the first picture is read."""

    def __init__(self, document: BinaryIO, media_type: str, max_pixels: int) -> None:
        if media_type not in _FORMATS:
            raise DocumentProblem("unsupported_type", f"Documents of type {media_type} are not read.")
        # Pillow warns at this many and refuses at twice as many; under _damage the warning refuses too.
        Image.MAX_IMAGE_PIXELS = max_pixels
        with _damage():
            self._image = Image.open(document, formats=[_FORMATS[media_type]])
            self.page_count = self._image.n_frames if isinstance(self._image, TiffImagePlugin.TiffImageFile) else 1

    def size(self, page: int) -> Size:
        with _damage():
            image = self._turned_to(page)
            width, height = image.size
            # Pillow gives a TIFF's size as it will be when it has been turned, and those of others as they are.
            if _orientation(image) in _SIDEWAYS and image.format != "TIFF":
                width, height = height, width
            points = _POINTS_PER_INCH / _dpi(image)
            return Size(width * points, height * points)

    def text(self, page: int, *, places: bool = True) -> TextLayer:  # noqa: ARG002  # an image has no words
        with _damage():
            self._turned_to(page)
        return TextLayer("", trusted=False, why="an image brings no text")

    def render(self, page: int, *, max_pixels: int, dpi: int = 300) -> Raster:  # noqa: ARG002  # pixels are as they are
        """The image's own pixels, fewer where they are more than `max_pixels`. Its stated resolution is often wrong."""
        with _damage():
            image = self._turned_to(page)
            shown = _dpi(image)
            gray = _upright(_gray(image))
            shrink = min(1.0, sqrt(max_pixels / (gray.width * gray.height)))
            if shrink < 1:
                smaller = (max(1, int(gray.width * shrink)), max(1, int(gray.height * shrink)))
                gray = gray.resize(smaller, Image.Resampling.BILINEAR, reducing_gap=2.0)
            return Raster(
                gray.tobytes(), gray.width, gray.height, max(1, round(shown * shrink)), _stated_dpi(image) > 0
            )

    def _turned_to(self, page: int) -> Image.Image:
        if not 1 <= page <= self.page_count:
            raise DocumentProblem("damaged_page", f"There is no page {page}.")
        if page - 1 != self._image.tell():
            self._image.seek(page - 1)
        return self._image


@contextmanager
def _damage() -> Iterator[None]:
    """Say what a failed decoder means for the document."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (DocumentProblem, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = f"The image has more than {Image.MAX_IMAGE_PIXELS} pixels."
        raise DocumentProblem("image_too_large", message) from error
    except Exception as error:  # decoders raise anything from SyntaxError to TypeError
        raise DocumentProblem("damaged_image", "The image is damaged.") from error


def _gray(image: Image.Image) -> Image.Image:
    """8-bit gray, what is transparent as white paper."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft("L", None)  # decodes brightness only: a third of the work and of the memory
    if image.mode in _DEEP_MODES:
        return _stretched(image)
    if not image.has_transparency_data:
        return image.convert("L")
    colour = image.convert("RGBA")
    paper = Image.new("L", image.size, 255)
    paper.paste(colour.convert("L"), mask=colour.getchannel("A"))
    return paper


def _stretched(image: Image.Image) -> Image.Image:
    """Bring 12, 16 and 32 bits to 8: from the darkest to the brightest, because files do not say how many they use."""
    image = image.convert("F")
    darkest, brightest = cast("tuple[float, float]", image.getextrema())
    if brightest <= darkest:
        return Image.new("L", image.size, 255)
    scale = 255 / (brightest - darkest)
    return image.point(lambda value: value * scale - darkest * scale).convert("L")


def _orientation(image: Image.Image) -> int:
    try:
        # Not the PNG's own getexif, which decodes all of the image.
        return int(Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001  # broken EXIF data is no reason not to read the image
        return 1


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  # see _orientation
        return image


def _dpi(image: Image.Image) -> int:
    return _stated_dpi(image) or _USUAL_DPI


def _stated_dpi(image: Image.Image) -> int:
    """0 where the file says nothing credible."""
    stated = image.info.get("dpi", (0, 0))
    horizontal = round(float(stated[0])) if isfinite(stated[0]) else 0
    return horizontal if horizontal in _CREDIBLE_DPI else 0
