"""Decide which corrections a page image needs, and compute the geometry of the prepared page.

The prepared page is the page after all corrections.
"""

from math import ceil, cos, radians, sin, sqrt
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from functions.engine.preparation.measurements import PageMeasurements
from functions.reading.reading import Affine

Size = tuple[int, int]
Rotation = Literal[0, 90, 180, 270]

# On degraded test pages, each correction improved the readings beyond the following threshold.
#: The smallest skew that is corrected. Engines correct a smaller skew themselves, and a rotation blurs every pixel.
_MIN_SKEW_DEGREES = 1.2
#: The largest noise without a correction, as a share of the contrast. Stronger noise breaks letters into dots.
_MAX_NOISE = 0.05
#: The standard deviation of the blur in pixels. It removes noise and keeps the strokes of small print.
_BLUR_SIGMA = 1.0
#: The largest shading without a correction, as a share of the contrast. Engines binarize with one threshold per page.
#: Darker paper, in a shadow or in gray fields of a form, would count as ink, and the text on it would be lost.
_MAX_SHADING = 0.2
#: Text heights in pixels. Text below the minimum is scaled up to the target, the height of usual print at 200 dpi.
_MIN_TEXT_HEIGHT, _TARGET_TEXT_HEIGHT = 8, 14
_MAX_SCALE = 3.0
#: The smallest change of scale. A smaller change results from the rounding of page sizes, and would only blur the page.
_MIN_SCALE_CHANGE = 0.01
#: The orientation is uncertain below this ascender excess. The excess is larger on upright pages, and
#: negative on pages that are upside down. `PageMeasurements` explains it.
_MIN_ASCENDER_EXCESS = 0.08

_ROTATION_STEPS = {90: "rotated by 90° clockwise", 180: "rotated by 180°", 270: "rotated by 90° counter-clockwise"}


class CorrectionPlan(BaseModel, frozen=True, allow_inf_nan=False):
    """The corrections of a page image, as bounded numbers.

    The plan comes from the sandbox. A document that took over its job can only choose these numbers.
    """

    rotation: Rotation = Field(0, description="degrees clockwise")
    deskew_degrees: Annotated[float, Field(ge=-45, le=45)] = Field(0.0, description="degrees counter-clockwise")
    scale: Annotated[float, Field(gt=0, le=8)] = 1.0
    despeckle: bool = Field(default=False, description="apply a median filter of nine pixels")
    blur_sigma: Annotated[float, Field(ge=0, le=5)] = Field(0.0, description="standard deviation of the blur in pixels")
    normalize_contrast: bool = Field(default=False, description="make paper white and ink black everywhere")

    @property
    def steps(self) -> tuple[str, ...]:
        """The corrections in words, for users."""
        steps = (
            _ROTATION_STEPS.get(self.rotation),
            f"deskewed by {abs(self.deskew_degrees):.1f}°" if self.deskew_degrees else None,
            f"scaled by {self.scale:.2f}" if self.scale != 1 else None,
            "specks removed" if self.despeckle else None,
            "noise smoothed" if self.blur_sigma else None,
            "contrast normalized" if self.normalize_contrast else None,
        )
        return tuple(step for step in steps if step)


def plan_corrections(
    measurements: PageMeasurements, *, max_pixels: int, known_rotation: Rotation | None = None
) -> CorrectionPlan:
    """Return the corrections that improve a page with these measurements.

    The prepared page has at most `max_pixels`. `known_rotation` replaces the estimate from the measurements.
    """
    is_noisy = measurements.noise > _MAX_NOISE * measurements.contrast * 255
    is_shaded = measurements.shading * measurements.paper_level > _MAX_SHADING * measurements.contrast * 255
    unscaled_plan = CorrectionPlan(
        rotation=_estimate_rotation(measurements) if known_rotation is None else known_rotation,
        deskew_degrees=measurements.skew_degrees if abs(measurements.skew_degrees) >= _MIN_SKEW_DEGREES else 0.0,
    )
    width, height = compute_prepared_size((measurements.width, measurements.height), unscaled_plan)
    return CorrectionPlan(
        rotation=unscaled_plan.rotation,
        deskew_degrees=unscaled_plan.deskew_degrees,
        scale=_choose_scale(measurements, max_scale=sqrt(max_pixels / (width * height))),
        despeckle=measurements.has_specks,
        blur_sigma=_BLUR_SIGMA if is_noisy else 0.0,
        normalize_contrast=is_noisy or is_shaded,
    )


def is_orientation_uncertain(measurements: PageMeasurements) -> bool:
    """Return whether the orientation must be detected, which takes as long as to read a quarter of the page."""
    return measurements.rows > 0 and (measurements.is_sideways or measurements.ascender_excess < _MIN_ASCENDER_EXCESS)


def compute_prepared_size(page: Size, plan: CorrectionPlan) -> Size:
    """Return the width and height of the prepared page, which has room for the whole page after all corrections."""
    width, height = page[::-1] if plan.rotation in (90, 270) else page
    skew = radians(abs(plan.deskew_degrees))
    prepared_width = width * cos(skew) + height * sin(skew)
    prepared_height = width * sin(skew) + height * cos(skew)
    # Without the subtraction, a rounding error could add a column or a row.
    return ceil(prepared_width * plan.scale - 1e-6), ceil(prepared_height * plan.scale - 1e-6)


def compute_page_transform(page: Size, plan: CorrectionPlan) -> Affine:
    """Return the affine transform from pixels of the prepared page to pixels of the rendered page.

    The center of the prepared page becomes the center of the rendered page.
    """
    width, height = compute_prepared_size(page, plan)
    angle = radians(plan.deskew_degrees - plan.rotation)
    cosine, sine = cos(angle) / plan.scale, sin(angle) / plan.scale
    return (
        cosine,
        -sine,
        page[0] / 2 - cosine * width / 2 + sine * height / 2,
        sine,
        cosine,
        page[1] / 2 - sine * width / 2 - cosine * height / 2,
    )


def _estimate_rotation(measurements: PageMeasurements) -> Rotation:
    """Return the rotation that makes a sideways page upright, or 0 for any other page.

    The result is 0 for a page that is upside down, because an upright page of ruling lines and capitals has the same
    measurements.
    """
    if not measurements.is_sideways:
        return 0
    return 90 if measurements.ascender_excess < 0 else 270


def _choose_scale(measurements: PageMeasurements, max_scale: float) -> float:
    """Return the scale that makes small text readable.

    The scale is below 1 if the deskewed page would otherwise exceed the limit of pixels.
    """
    is_small = 0 < measurements.text_height < _MIN_TEXT_HEIGHT
    scale = min(_TARGET_TEXT_HEIGHT / measurements.text_height if is_small else 1.0, _MAX_SCALE, max_scale)
    return 1.0 if abs(scale - 1) < _MIN_SCALE_CHANGE else scale
