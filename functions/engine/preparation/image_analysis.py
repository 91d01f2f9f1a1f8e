"""Measure a page image in the sandbox: orientation, skew, noise, contrast, shading, text height and ruling lines."""

from statistics import median
from typing import Any

from PIL import Image

from functions.documents.model import Raster
from functions.engine.preparation.background import (
    compute_otsu_threshold,
    estimate_background,
    find_percentile,
    subtract_background,
)
from functions.engine.preparation.correction_plan import Rotation
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.preparation.noise import (
    MAX_SPECK_SHARE,
    estimate_noise,
    measure_specks,
    remove_specks,
    sample_tiles,
)
from functions.engine.preparation.text_lines import TextLineStatistics, measure_text_lines

#: The longer side of the reduced image in pixels. It suffices to find text lines, with a tenth of a scan's pixels.
_REDUCED_SIDE = 1000
#: The smallest difference between ink and paper in gray levels. The paper itself varies less.
_MIN_INK_DARKNESS = 16
#: The smallest difference between ink and paper in standard deviations of the noise. Few pixels of paper reach it.
_INK_DEVIATIONS = 4
#: The percentile of the ink pixels that is the ink level. Brighter ink is at the edges of strokes.
_INK_PERCENTILE = 0.5
#: The percentile of the background that is the paper level. The opposite percentile is the darkest paper.
_PAPER_PERCENTILE = 0.9


def measure_page(raster: Raster, known_rotation: Rotation | None = None) -> PageMeasurements:
    """Return the measurements of a page. If `known_rotation` is set, the orientation is not estimated."""
    gray = Image.frombuffer("L", (raster.width, raster.height), raster.pixels)
    has_specks = measure_specks(sample_tiles(gray)) > MAX_SPECK_SHARE
    if has_specks:
        # Specks would count as ink in the following steps. The corrections remove specks first, too.
        gray = remove_specks(gray)
    noise = estimate_noise(sample_tiles(gray))
    factor = max(1, round(max(gray.size) / _REDUCED_SIDE))
    reduced = gray.reduce(factor)
    background = estimate_background(reduced)
    ink = _extract_ink(reduced, background, noise / factor)
    ink_share = ink.histogram()[255] / (ink.width * ink.height)
    paper_level = find_percentile(background, _PAPER_PERCENTILE)
    return PageMeasurements(
        width=raster.width,
        height=raster.height,
        dpi=raster.dpi,
        dpi_stated=raster.dpi_stated,
        paper_level=paper_level,
        contrast=max(0, paper_level - find_percentile(gray, ink_share * _INK_PERCENTILE)) / 255,
        shading=max(0.0, 1 - find_percentile(background, 1 - _PAPER_PERCENTILE) / (paper_level or 1)),
        noise=noise,
        has_specks=has_specks,
        **_measure_layout(ink, factor, known_rotation),
    )


def _measure_layout(ink: Image.Image, factor: int, known_rotation: Rotation | None) -> dict[str, Any]:
    """Return the fields of PageMeasurements about text lines and ruling lines."""
    horizontal = measure_text_lines(ink)
    vertical = measure_text_lines(ink.transpose(Image.Transpose.ROTATE_90))
    if known_rotation is None:
        is_sideways = 0 < _compare_directions(horizontal, vertical, ink.size) < 1
    else:
        is_sideways = known_rotation in (90, 270)
    lines = vertical if is_sideways else horizontal
    return {
        "is_sideways": is_sideways,
        "skew_degrees": lines.skew_degrees,
        "ascender_excess": lines.ascender_excess,
        "text_height": median(lines.body_heights) * factor if lines.body_heights else 0.0,
        "rows": lines.rows,
        "ruling_lines": horizontal.ruling_lines + vertical.ruling_lines,
    }


def _extract_ink(reduced: Image.Image, background: Image.Image, noise: float) -> Image.Image:
    """Return an image with 255 for each pixel that is darker than the paper around it, and 0 for all other pixels.

    `noise` is the standard deviation of the noise in `reduced`.
    """
    darkness = subtract_background(reduced, background)
    threshold = max(compute_otsu_threshold(darkness), _MIN_INK_DARKNESS, round(_INK_DEVIATIONS * noise))
    return darkness.point(lambda value: 255 if value > threshold else 0)


def _compare_directions(horizontal: TextLineStatistics, vertical: TextLineStatistics, size: tuple[int, int]) -> float:
    """Return the evidence for horizontal text lines, divided by the evidence for vertical lines."""
    width, height = size
    variation = (horizontal.variation / (vertical.variation or 1.0)) ** 2 * width / height
    return horizontal.sharpness_ratio / (vertical.sharpness_ratio or 1.0) * variation
