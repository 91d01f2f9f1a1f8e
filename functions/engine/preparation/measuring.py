"""Measuring a page. Runs in the sandbox."""

from statistics import median
from typing import Any

from PIL import Image

from functions.documents.model import Raster
from functions.engine.preparation.grain import SPECKLED, despeckled, noise, samples, specks
from functions.engine.preparation.lines import Lines, lines
from functions.engine.preparation.look import Look
from functions.engine.preparation.paper import darkness, level, paper, parting
from functions.engine.preparation.treatment import Turn

#: Of the longer side, in pixels: enough to see lines of text, and a tenth of a scan's pixels.
_REDUCED = 1000
#: In gray levels. What is less dark than this is the paper's own.
_FAINT = 16
#: Standard deviations of noise that no paper reaches often.
_NOISY = 4
#: Of the ink: the brighter half are edges.
_CORE = 0.5
#: Of the paper: where it counts as bright; and the same share counts as shaded.
_BRIGHT = 0.9


def measure(raster: Raster, turned: Turn | None = None) -> Look:
    """What the page looks like. `turned` is by how much it is to be turned, where that is known better."""
    gray = Image.frombuffer("L", (raster.width, raster.height), raster.pixels)
    speckled = specks(samples(gray)) > SPECKLED
    if speckled:
        # They are taken off before anything else, and would look like ink here.
        gray = despeckled(gray)
    noisy = noise(samples(gray))
    reduced = max(1, round(max(gray.size) / _REDUCED))
    small = gray.reduce(reduced)
    ground = paper(small)
    ink = _ink(small, ground, noisy / reduced)
    share, bright = ink.histogram()[255] / (ink.width * ink.height), level(ground, _BRIGHT)
    return Look(
        width=raster.width,
        height=raster.height,
        dpi=raster.dpi,
        dpi_stated=raster.dpi_stated,
        paper=bright,
        contrast=max(0, bright - level(gray, share * _CORE)) / 255,
        shading=max(0.0, 1 - level(ground, 1 - _BRIGHT) / (bright or 1)),
        noise=noisy,
        speckled=speckled,
        **_layout(ink, reduced, turned),
    )


def _layout(ink: Image.Image, reduced: int, turned: Turn | None) -> dict[str, Any]:
    standing = ink.transpose(Image.Transpose.ROTATE_90)
    level, upright = lines(ink), lines(standing)
    sideways = 0 < _evidence(level, upright, ink.size) < 1 if turned is None else turned in (90, 270)
    found = upright if sideways else level
    return {
        "sideways": sideways,
        "skew_degrees": found.degrees,
        "ascenders": found.ascenders,
        "text_height": median(found.heights) * reduced if found.heights else 0.0,
        "rows": found.rows,
        "rules": level.rules + upright.rules,
    }


def _ink(small: Image.Image, ground: Image.Image, noisy: float) -> Image.Image:
    """What is written: 255 where it is darker than the paper around it, else 0."""
    dark = darkness(small, ground)
    least = max(parting(dark), _FAINT, round(_NOISY * noisy))
    return dark.point(lambda value: 255 if value > least else 0)


def _evidence(level: Lines, turned: Lines, size: tuple[int, int]) -> float:
    """How much more the page looks like lines from left to right than like lines up or down: above or below 1."""
    width, height = size
    variation = (level.variation / (turned.variation or 1.0)) ** 2 * width / height
    return level.distinct / (turned.distinct or 1.0) * variation
