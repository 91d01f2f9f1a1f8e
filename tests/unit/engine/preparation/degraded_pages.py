"""A German letter, degraded as by scanners, cameras and handling. The result is the same at each call."""

from random import Random
from statistics import NormalDist

from PIL import Image, ImageChops

from functions.engine.reader import Raster
from local.samples import make

TEXT = make.load_truth("brief")[0]


def make_letter(dpi: int = 300) -> Image.Image:
    return make.render_scan(TEXT, "serif", dpi=dpi)


def skew(page: Image.Image, degrees: float) -> Image.Image:
    """Return the page with lines that fall to the right by this angle."""
    return page.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=make.PAPER)


def rotate(page: Image.Image, degrees: int) -> Image.Image:
    """Return the page rotated clockwise."""
    return page.rotate(-degrees, expand=True)


def fade(page: Image.Image, contrast: float, *, paper: int = 200) -> Image.Image:
    return page.point([round(paper * (1 - contrast * (255 - level) / 255)) for level in range(256)])


def shade(page: Image.Image, darkest: float) -> Image.Image:
    """Return the page in a shadow: bright at the right edge, and this share of white at the left edge."""
    light = Image.linear_gradient("L").rotate(90).resize(page.size)
    return ImageChops.multiply(page, light.point([round(255 * darkest + (1 - darkest) * v) for v in range(256)]))


def add_gray_field(page: Image.Image, gray: float) -> Image.Image:
    """Return the page with its upper half, except the left margin, printed on this gray, as a share of white."""
    field = Image.new("L", page.size, 255)
    field.paste(round(255 * gray), (page.width // 20, 0, page.width, page.height // 2))
    return ImageChops.multiply(page, field)


def add_noise(page: Image.Image, deviation: float, *, seed: int) -> Image.Image:
    levels = [128 + deviation * NormalDist().inv_cdf((value + 0.5) / 256) for value in range(256)]
    return ImageChops.add(page, _make_random_image(page, seed).point([round(level) for level in levels]), 1, -128)


def add_specks(page: Image.Image, share: float, *, seed: int) -> Image.Image:
    """Return the page with this share of isolated pixels, half of them black and half white."""
    salt = _make_random_image(page, seed + 1).point([0] * 128 + [255] * 128)
    return Image.composite(
        salt, page, _make_random_image(page, seed).point([255 * (value < share * 256) for value in range(256)])
    )


def to_raster(page: Image.Image, dpi: int = 300) -> Raster:
    return Raster(page.tobytes(), page.width, page.height, dpi)


def _make_random_image(page: Image.Image, seed: int) -> Image.Image:
    return Image.frombytes("L", page.size, Random(seed).randbytes(page.width * page.height))  # noqa: S311  # repeatable
