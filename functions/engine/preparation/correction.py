"""Apply the planned corrections to a page image, in the sandbox."""

from math import exp, log

from PIL import Image, ImageChops, ImageFilter

from functions.engine.preparation.background import estimate_background, find_percentile
from functions.engine.preparation.correction_plan import CorrectionPlan, compute_page_transform, compute_prepared_size
from functions.engine.preparation.noise import remove_specks

#: Pillow's transpositions by degrees clockwise. Pillow itself counts degrees counter-clockwise.
_TRANSPOSITIONS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
#: The logarithm of each gray level, scaled to 0-255. The difference of two logarithms represents a quotient.
_LOG_SCALE = 255 / log(255)
_LOGARITHMS = [round(_LOG_SCALE * log(max(level, 1))) for level in range(256)]
#: The darkest shadow on the paper, as a share of the paper level. A darker area is a picture or the lid of a scanner,
#: which must not become white.
_MIN_BACKGROUND = 0.2
#: The darkest share of the pixels, which becomes black. Every page with text has at least this much ink.
_INK_SHARE = 0.01
#: The brightest gray level that becomes black, as a share of the paper's brightness. On a blank page, a brighter limit
#: would turn noise black.
_MAX_INK_BRIGHTNESS = 0.75
#: The percentile of the background that is the paper level.
_PAPER_PERCENTILE = 0.9


def apply_corrections(gray: Image.Image, plan: CorrectionPlan) -> Image.Image:
    """Return the prepared page after all corrections of the plan. `gray` is the rendered page."""
    if plan.despeckle:
        gray = remove_specks(gray)
    if plan.blur_sigma:
        gray = gray.filter(ImageFilter.GaussianBlur(plan.blur_sigma))
    if plan.normalize_contrast:
        gray = _normalize_contrast(gray)
    if plan.rotation:
        gray = gray.transpose(_TRANSPOSITIONS[plan.rotation])
    if plan.deskew_degrees or plan.scale != 1:
        gray = _deskew_and_scale(gray, CorrectionPlan(deskew_degrees=plan.deskew_degrees, scale=plan.scale))
    return gray


def _normalize_contrast(gray: Image.Image) -> Image.Image:
    """Divide each pixel by the gray level of the paper around it, and make the darkest hundredth black."""
    background = estimate_background(gray)
    min_level = round(find_percentile(background, _PAPER_PERCENTILE) * _MIN_BACKGROUND)
    background = background.point([max(value, min_level) for value in range(256)])
    background = background.resize(gray.size, Image.Resampling.BILINEAR)
    # Logarithms of paper divided by pixel: 0 is paper, and ink has high values.
    quotients = ImageChops.subtract(background.point(_LOGARITHMS), gray.point(_LOGARITHMS))
    black = min(exp(-find_percentile(quotients, 1 - _INK_SHARE) / _LOG_SCALE), _MAX_INK_BRIGHTNESS)
    return quotients.point(
        [max(0, round(255 * (exp(-value / _LOG_SCALE) - black) / (1 - black))) for value in range(256)]
    )


def _deskew_and_scale(gray: Image.Image, plan: CorrectionPlan) -> Image.Image:
    """Deskew and scale in one resampling, and fill the new corners with the gray level of the paper."""
    return gray.transform(
        compute_prepared_size(gray.size, plan),
        Image.Transform.AFFINE,
        compute_page_transform(gray.size, plan),
        Image.Resampling.BICUBIC,
        fillcolor=find_percentile(gray, _PAPER_PERCENTILE),
    )
