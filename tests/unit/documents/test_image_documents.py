import io
import struct

import pytest
from PIL import Image

from functions.documents.model import Raster
from functions.documents.opening import open_document
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.documents.handmade import image, png_header

MANY = 20_000_000


def half_black(mode: str = "L", size: tuple[int, int] = (120, 40)) -> Image.Image:
    """Black on the left, white on the right."""
    gray = Image.new("L", size, 255)
    gray.paste(0, (0, 0, size[0] // 2, size[1]))
    return gray.convert(mode)


def rendered(file: io.BytesIO, media_type: str, page: int = 1, max_pixels: int = MANY) -> Raster:
    return open_document(file, media_type).render(page, max_pixels=max_pixels)


def corners(raster: Raster) -> tuple[int, int, int, int]:
    """Top left, top right, bottom left, bottom right, a little inside."""
    shown = Image.frombytes("L", (raster.width, raster.height), raster.pixels)
    right, bottom = raster.width - 3, raster.height - 3
    return tuple(int(shown.getpixel(at)) for at in ((2, 2), (right, 2), (2, bottom), (right, bottom)))  # type: ignore[return-value, arg-type]  # four numbers: the image is gray


@pytest.mark.parametrize(
    ("kind", "media_type", "mode"),
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
def test_every_kind_of_image_becomes_gray(kind: str, media_type: str, mode: str) -> None:
    raster = rendered(image(half_black(mode), kind), media_type)
    assert (raster.width, raster.height, len(raster.pixels)) == (120, 40, 4800)
    dark, bright, *_ = corners(raster)
    assert dark < 10
    assert bright > 245


def test_what_is_transparent_is_white_paper() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 10, 20))
    assert corners(rendered(image(clear, "PNG"), "image/png")) == (0, 255, 0, 255)


def test_sixteen_bits_are_brought_to_eight_whatever_part_of_them_is_used() -> None:
    row = struct.pack("<20H", *[16] * 10, *[4095] * 10)
    twelve = Image.frombytes("I;16", (20, 20), row * 20)
    assert corners(rendered(image(twelve, "PNG"), "image/png")) == (0, 255, 0, 255)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP"])
def test_a_picture_that_was_taken_sideways_is_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is left is the top
    document = open_document(image(half_black(), kind, exif=exif), f"image/{kind.lower()}")
    size, raster = document.size(1), document.render(1, max_pixels=MANY)
    assert size.width < size.height
    assert (raster.width, raster.height) == (40, 120)
    assert [value < 10 for value in corners(raster)] == [True, True, False, False]


def test_a_tiff_has_pages() -> None:
    pages = [Image.new("L", (30, 30), value) for value in (0, 100, 200)]
    document = open_document(image(pages[0], "TIFF", save_all=True, append_images=pages[1:]), "image/tiff")
    assert document.page_count == 3
    assert [document.render(page, max_pixels=MANY).pixels[0] for page in (3, 1, 2)] == [200, 0, 100]


def test_an_animation_is_one_page() -> None:
    frames = [Image.new("L", (30, 30), value) for value in (0, 255)]
    document = open_document(image(frames[0], "GIF", save_all=True, append_images=frames[1:]), "image/gif")
    assert document.page_count == 1
    assert document.render(1, max_pixels=MANY).pixels[0] == 0


def test_more_pixels_than_wanted_are_made_fewer() -> None:
    raster = rendered(image(half_black(size=(2000, 1000)), "PNG", dpi=(600, 600)), "image/png", max_pixels=500_000)
    assert (raster.width, raster.height, raster.dpi) == (1000, 500, 300)


@pytest.mark.parametrize(("stated", "dpi"), [(600, 600), (72, 300), (1, 300), (100_000, 300)])
def test_a_resolution_that_cannot_be_papers_is_not_believed(stated: int, dpi: int) -> None:
    found = rendered(image(half_black(), "PNG", dpi=(stated, stated)), "image/png")
    assert (found.dpi, found.dpi_stated) == (dpi, stated == dpi)


def test_a_size_is_in_points() -> None:
    size = open_document(image(half_black(), "PNG", dpi=(144, 144)), "image/png").size(1)
    assert (size.width, size.height) == (60, 20)


def test_an_image_brings_no_text() -> None:
    layer = open_document(image(half_black(), "PNG"), "image/png").text(1)
    assert (layer.text, layer.trusted) == ("", False)


def test_an_image_is_refused_by_its_header_alone() -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(io.BytesIO(png_header(60_000, 60_000)), "image/png")
    assert caught.value.reason == "image_too_large"


def test_the_limit_is_a_setting() -> None:
    file = image(half_black(), "PNG")
    assert open_document(file, "image/png", image_pixels=4800).page_count == 1
    with pytest.raises(DocumentProblem) as caught:
        open_document(file, "image/png", image_pixels=4799)
    assert caught.value.reason == "image_too_large"


def test_half_an_image_is_damaged() -> None:
    noise = Image.effect_noise((200, 200), 80)
    whole = image(noise, "PNG").getvalue()
    document = open_document(io.BytesIO(whole[: len(whole) // 2]), "image/png")
    document.size(1)
    with pytest.raises(DocumentProblem) as caught:
        document.render(1, max_pixels=MANY)
    assert caught.value.reason == "damaged_image"


def test_one_kind_of_image_is_not_opened_as_another() -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(image(half_black(), "PNG"), "image/jpeg")
    assert caught.value.reason == "damaged_image"


def test_a_type_that_nobody_opens_is_unsupported() -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(io.BytesIO(b"II"), "image/x-raw")
    assert caught.value.reason == "unsupported_type"
