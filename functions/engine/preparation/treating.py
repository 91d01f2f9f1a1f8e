"""Doing to a page what its treatment says. Runs in the sandbox."""

from math import exp, log

from PIL import Image, ImageChops, ImageFilter

from functions.engine.preparation.geometry import prepared_size, to_page
from functions.engine.preparation.grain import despeckled
from functions.engine.preparation.paper import level, paper
from functions.engine.preparation.treatment import Treatment

#: Pillow turns against the clock.
_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
#: Gray levels to their logarithms and back, both in 255 steps: a difference of two is then a quotient of levels.
_STEPS = 255 / log(255)
_LOGARITHMS = [round(_STEPS * log(max(level, 1))) for level in range(256)]
#: Of the brightest paper: what is darker over a centimetre is no shadow but a picture or a scanner's lid.
_DEEPEST_SHADOW = 0.2
#: Of all pixels: so many are ink on any page that is worth reading.
_DARKEST = 0.01
#: Of the paper's brightness: stretching what is paler than this to black would print the grain of a blank page.
_PALEST = 0.75


def treated(gray: Image.Image, treatment: Treatment) -> Image.Image:
    """The page as an engine is to see it, from the page as it was rendered."""
    if treatment.despeckled:
        gray = despeckled(gray)
    if treatment.smoothed:
        gray = gray.filter(ImageFilter.GaussianBlur(treatment.smoothed))
    if treatment.evened:
        gray = _evened(gray)
    if treatment.turned:
        gray = gray.transpose(_TURNS[treatment.turned])
    if treatment.straightened or treatment.scale != 1:
        gray = _laid(gray, Treatment(straightened=treatment.straightened, scale=treatment.scale))
    return gray


def _evened(gray: Image.Image) -> Image.Image:
    """Every pixel by the paper around it, and the darkest hundredth black."""
    ground = paper(gray)
    least = round(level(ground, 0.9) * _DEEPEST_SHADOW)
    ground = ground.point([max(value, least) for value in range(256)]).resize(gray.size, Image.Resampling.BILINEAR)
    below = ImageChops.subtract(ground.point(_LOGARITHMS), gray.point(_LOGARITHMS))
    black = min(exp(-level(below, 1 - _DARKEST) / _STEPS), _PALEST)
    return below.point([max(0, round(255 * (exp(-value / _STEPS) - black) / (1 - black))) for value in range(256)])


def _laid(gray: Image.Image, treatment: Treatment) -> Image.Image:
    """Turned a little and scaled in one go, on more of its own paper."""
    return gray.transform(
        prepared_size(gray.size, treatment),
        Image.Transform.AFFINE,
        to_page(gray.size, treatment),
        Image.Resampling.BICUBIC,
        fillcolor=level(gray, 0.9),
    )
