"""A German letter, spoilt as scanners, cameras and people do it: the same way every time."""

from random import Random
from statistics import NormalDist

from PIL import Image, ImageChops

from functions.engine.reader import Raster
from local.samples import make

TEXT = make.truth("brief")[0]


def letter(dpi: int = 300) -> Image.Image:
    return make.scan(TEXT, "serif", dpi=dpi)


def skewed(page: Image.Image, degrees: float) -> Image.Image:
    """Lines fall to the right by so many degrees."""
    return page.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=make.PAPER)


def turned(page: Image.Image, degrees: int) -> Image.Image:
    """Clockwise."""
    return page.rotate(-degrees, expand=True)


def faded(page: Image.Image, contrast: float, *, paper: int = 200) -> Image.Image:
    return page.point([round(paper * (1 - contrast * (255 - level) / 255)) for level in range(256)])


def shaded(page: Image.Image, darkest: float) -> Image.Image:
    """Bright at the right, and at the left as dark as this."""
    light = Image.linear_gradient("L").rotate(90).resize(page.size)
    return ImageChops.multiply(page, light.point([round(255 * darkest + (1 - darkest) * v) for v in range(256)]))


def in_a_gray_field(page: Image.Image, gray: float) -> Image.Image:
    """All of its upper half but for the margin at the left is printed on this, as a share of white."""
    field = Image.new("L", page.size, 255)
    field.paste(round(255 * gray), (page.width // 20, 0, page.width, page.height // 2))
    return ImageChops.multiply(page, field)


def noisy(page: Image.Image, deviation: float, *, seed: int) -> Image.Image:
    levels = [128 + deviation * NormalDist().inv_cdf((at + 0.5) / 256) for at in range(256)]
    return ImageChops.add(page, _chance(page, seed).point([round(level) for level in levels]), 1, -128)


def speckled(page: Image.Image, share: float, *, seed: int) -> Image.Image:
    """As much pepper as salt."""
    salt = _chance(page, seed + 1).point([0] * 128 + [255] * 128)
    return Image.composite(salt, page, _chance(page, seed).point([255 * (at < share * 256) for at in range(256)]))


def raster(page: Image.Image, dpi: int = 300) -> Raster:
    return Raster(page.tobytes(), page.width, page.height, dpi)


def _chance(page: Image.Image, seed: int) -> Image.Image:
    return Image.frombytes("L", page.size, Random(seed).randbytes(page.width * page.height))  # noqa: S311  # repeatable
