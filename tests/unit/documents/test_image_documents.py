import io
import struct

import pytest
from PIL import Image

from functions.documents.formats import open_document
from functions.documents.model import Raster
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.documents.document_builders import build_image, build_png_header

MAX_PIXELS = 20_000_000


def make_half_black(mode: str = "L", size: tuple[int, int] = (120, 40)) -> Image.Image:
    """Return an image that is black on the left and white on the right."""
    gray = Image.new("L", size, 255)
    gray.paste(0, (0, 0, size[0] // 2, size[1]))
    return gray.convert(mode)


def render(file: io.BytesIO, media_type: str, page: int = 1, max_pixels: int = MAX_PIXELS) -> Raster:
    return open_document(file, media_type).render_page(page, max_pixels=max_pixels)


def read_corners(raster: Raster) -> tuple[int, int, int, int]:
    """Return the gray values at the top left, top right, bottom left and bottom right, two pixels inside."""
    image = Image.frombytes("L", (raster.width, raster.height), raster.pixels)
    right, bottom = raster.width - 3, raster.height - 3
    return tuple(int(image.getpixel(point)) for point in ((2, 2), (right, 2), (2, bottom), (right, bottom)))  # type: ignore[return-value, arg-type]  # four numbers, because the image is gray


@pytest.mark.parametrize(
    ("image_format", "media_type", "mode"),
    [
        ("PNG", "image/png", "L"),
        ("PNG", "image/png", "1"),
        ("PNG", "image/png", "P"),
        ("PNG", "image/png", "RGB"),
        ("TIFF", "image/tiff", "1"),
        ("TIFF", "image/tiff", "CMYK"),
        ("JPEG", "image/jpeg", "L"),
        ("JPEG", "image/jpeg", "RGB"),
        ("JPEG", "image/jpeg", "CMYK"),
        ("WEBP", "image/webp", "RGB"),
        ("BMP", "image/bmp", "RGB"),
        ("GIF", "image/gif", "P"),
        ("JPEG2000", "image/jp2", "RGB"),
        ("AVIF", "image/avif", "RGB"),
        ("HEIF", "image/heic", "RGB"),
    ],
)
def test_any_image_format_is_rendered_in_gray(image_format: str, media_type: str, mode: str) -> None:
    raster = render(build_image(make_half_black(mode), image_format), media_type)
    assert (raster.width, raster.height, len(raster.pixels)) == (120, 40, 4800)
    dark, bright, *_ = read_corners(raster)
    assert dark < 10
    assert bright > 245


def test_transparent_pixels_become_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 10, 20))
    assert read_corners(render(build_image(clear, "PNG"), "image/png")) == (0, 255, 0, 255)


def test_sixteen_bit_image_uses_full_gray_range() -> None:
    row = struct.pack("<20H", *[16] * 10, *[4095] * 10)
    twelve = Image.frombytes("I;16", (20, 20), row * 20)
    assert read_corners(render(build_image(twelve, "PNG"), "image/png")) == (0, 255, 0, 255)


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF", "WEBP"])
def test_sideways_photo_is_rendered_upright(image_format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the left edge of the stored image is the top of the photo
    document = open_document(build_image(make_half_black(), image_format, exif=exif), f"image/{image_format.lower()}")
    size, raster = document.get_page_size(1), document.render_page(1, max_pixels=MAX_PIXELS)
    assert size.width < size.height
    assert (raster.width, raster.height) == (40, 120)
    assert [value < 10 for value in read_corners(raster)] == [True, True, False, False]


def test_tiff_can_have_several_pages() -> None:
    pages = [Image.new("L", (30, 30), value) for value in (0, 100, 200)]
    document = open_document(build_image(pages[0], "TIFF", save_all=True, append_images=pages[1:]), "image/tiff")
    assert document.page_count == 3
    assert [document.render_page(page, max_pixels=MAX_PIXELS).pixels[0] for page in (3, 1, 2)] == [200, 0, 100]


def test_animation_has_one_page() -> None:
    frames = [Image.new("L", (30, 30), value) for value in (0, 255)]
    document = open_document(build_image(frames[0], "GIF", save_all=True, append_images=frames[1:]), "image/gif")
    assert document.page_count == 1
    assert document.render_page(1, max_pixels=MAX_PIXELS).pixels[0] == 0


def test_large_image_is_reduced_to_pixel_limit() -> None:
    raster = render(
        build_image(make_half_black(size=(2000, 1000)), "PNG", dpi=(600, 600)), "image/png", max_pixels=500_000
    )
    assert (raster.width, raster.height, raster.dpi) == (1000, 500, 300)


@pytest.mark.parametrize(("stated", "dpi"), [(600, 600), (72, 300), (1, 300), (100_000, 300)])
def test_implausible_resolution_is_replaced_by_default(stated: int, dpi: int) -> None:
    raster = render(build_image(make_half_black(), "PNG", dpi=(stated, stated)), "image/png")
    assert (raster.dpi, raster.dpi_stated) == (dpi, stated == dpi)


def test_page_size_is_in_points() -> None:
    size = open_document(build_image(make_half_black(), "PNG", dpi=(144, 144)), "image/png").get_page_size(1)
    assert (size.width, size.height) == (60, 20)


def test_image_has_no_text_layer() -> None:
    layer = open_document(build_image(make_half_black(), "PNG"), "image/png").extract_text_layer(1)
    assert (layer.text, layer.is_trusted) == ("", False)


def test_huge_image_is_refused_by_its_header() -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(io.BytesIO(build_png_header(60_000, 60_000)), "image/png")
    assert caught.value.reason == "image_too_large"


def test_pixel_limit_is_configurable() -> None:
    file = build_image(make_half_black(), "PNG")
    assert open_document(file, "image/png", max_image_pixels=4800).page_count == 1
    with pytest.raises(DocumentProblem) as caught:
        open_document(file, "image/png", max_image_pixels=4799)
    assert caught.value.reason == "image_too_large"


def test_truncated_image_is_damaged() -> None:
    noise = Image.effect_noise((200, 200), 80)
    complete = build_image(noise, "PNG").getvalue()
    document = open_document(io.BytesIO(complete[: len(complete) // 2]), "image/png")
    document.get_page_size(1)
    with pytest.raises(DocumentProblem) as caught:
        document.render_page(1, max_pixels=MAX_PIXELS)
    assert caught.value.reason == "damaged_image"


def test_wrong_media_type_is_damaged() -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(build_image(make_half_black(), "PNG"), "image/jpeg")
    assert caught.value.reason == "damaged_image"


def test_unknown_media_type_is_unsupported() -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(io.BytesIO(b"II"), "image/x-raw")
    assert caught.value.reason == "unsupported_type"
