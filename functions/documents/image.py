"""Image files as documents. Pillow decodes a file only with the decoder for its media type."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite, sqrt
from typing import BinaryIO, cast

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,  # noqa: F401  # sandbox jobs cannot load decoders later
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

from functions.documents.model import PageSize, Raster, TextLayer
from functions.runtime.sandbox.problem import DocumentProblem

_PILLOW_FORMATS = {
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
_DEFAULT_DPI = 300
#: The range of resolutions that scanners use. Another resolution in a file is an error or that of a screen, so it does
#: not give the size on paper.
_PLAUSIBLE_DPI = range(100, 2401)
#: EXIF orientations that swap width and height.
_SIDEWAYS_ORIENTATIONS = {5, 6, 7, 8}
#: Pillow modes with more than 8 bits per pixel.
_DEEP_MODES = {"I", "F", "I;16", "I;16L", "I;16B", "I;16N"}

pillow_heif.register_heif_opener(thumbnails=False)
# Several jobs run at the same time, so each job uses one thread.
pillow_heif.options.DECODE_THREADS = 1
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


class ImageDocument:
    """An image file. A TIFF can have several pages; other files have one page, which is their first image."""

    def __init__(self, document: BinaryIO, media_type: str, max_pixels: int) -> None:
        if media_type not in _PILLOW_FORMATS:
            raise DocumentProblem("unsupported_type", f"The type of the document, {media_type}, is not supported.")
        # Above this limit, Pillow only warns. _translate_errors converts the warning to an error.
        Image.MAX_IMAGE_PIXELS = max_pixels
        with _translate_errors():
            self._image = Image.open(document, formats=[_PILLOW_FORMATS[media_type]])
            self.page_count = self._image.n_frames if isinstance(self._image, TiffImagePlugin.TiffImageFile) else 1

    def get_page_size(self, page: int) -> PageSize:
        with _translate_errors():
            image = self._select_page(page)
            width, height = image.size
            # Pillow already applies the orientation to the size of a TIFF, but not to the size of other images.
            if _get_orientation(image) in _SIDEWAYS_ORIENTATIONS and image.format != "TIFF":
                width, height = height, width
            points_per_pixel = _POINTS_PER_INCH / _get_dpi(image)
            return PageSize(width * points_per_pixel, height * points_per_pixel)

    def extract_text_layer(self, page: int, *, with_positions: bool = True) -> TextLayer:  # noqa: ARG002  # an image has no words
        with _translate_errors():
            self._select_page(page)
        return TextLayer("", is_trusted=False, why="an image has no text layer")

    def render_page(self, page: int, *, max_pixels: int, dpi: int = 300) -> Raster:  # noqa: ARG002  # see the docstring
        """Return the pixels of the image, reduced to `max_pixels` if there are more.

        The image keeps its resolution. It is not scaled to `dpi`, because the resolution in a file is often wrong.
        """
        with _translate_errors():
            image = self._select_page(page)
            image_dpi = _get_dpi(image)
            gray = _apply_orientation(_convert_to_gray(image))
            scale = min(1.0, sqrt(max_pixels / (gray.width * gray.height)))
            if scale < 1:
                size = (max(1, int(gray.width * scale)), max(1, int(gray.height * scale)))
                gray = gray.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
            return Raster(
                gray.tobytes(), gray.width, gray.height, max(1, round(image_dpi * scale)), _get_stated_dpi(image) > 0
            )

    def _select_page(self, page: int) -> Image.Image:
        if not 1 <= page <= self.page_count:
            raise DocumentProblem("damaged_page", f"Page {page} does not exist. The last page is {self.page_count}.")
        if page - 1 != self._image.tell():
            self._image.seek(page - 1)
        return self._image


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Convert errors of decoders to DocumentProblem."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (DocumentProblem, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = f"The image has more than {Image.MAX_IMAGE_PIXELS} pixels. Upload it with fewer pixels."
        raise DocumentProblem("image_too_large", message) from error
    except Exception as error:  # decoders raise all kinds of errors, from SyntaxError to TypeError
        message = "The image is damaged and cannot be decoded. Upload an intact copy."
        raise DocumentProblem("damaged_image", message) from error


def _convert_to_gray(image: Image.Image) -> Image.Image:
    """Return the image in 8-bit gray. Transparent pixels become white, like paper."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        # To decode only the brightness takes a third of the time and memory.
        image.draft("L", None)
    if image.mode in _DEEP_MODES:
        return _reduce_to_8_bits(image)
    if not image.has_transparency_data:
        return image.convert("L")
    rgba = image.convert("RGBA")
    paper = Image.new("L", image.size, 255)
    paper.paste(rgba.convert("L"), mask=rgba.getchannel("A"))
    return paper


def _reduce_to_8_bits(image: Image.Image) -> Image.Image:
    """Return an image of 12, 16 or 32 bits per pixel with 8 bits per pixel.

    Files do not state how many bits they use, so the darkest pixel becomes 0 and the brightest becomes 255.
    """
    image = image.convert("F")
    darkest, brightest = cast("tuple[float, float]", image.getextrema())
    if brightest <= darkest:
        return Image.new("L", image.size, 255)
    scale = 255 / (brightest - darkest)
    return image.point(lambda value: value * scale - darkest * scale).convert("L")


def _get_orientation(image: Image.Image) -> int:
    try:
        # The getexif method of PNG images would decode the whole image.
        return int(Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001  # an image with broken EXIF data is still readable
        return 1


def _apply_orientation(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  # an image with broken EXIF data is still readable
        return image


def _get_dpi(image: Image.Image) -> int:
    return _get_stated_dpi(image) or _DEFAULT_DPI


def _get_stated_dpi(image: Image.Image) -> int:
    """Return the horizontal resolution in the file, or 0 if it is absent or implausible."""
    stated = image.info.get("dpi", (0, 0))
    horizontal = round(float(stated[0])) if isfinite(stated[0]) else 0
    return horizontal if horizontal in _PLAUSIBLE_DPI else 0
