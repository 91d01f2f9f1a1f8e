"""Find text lines by projection profiles. A profile is the mean ink of each row of pixels."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import dist, radians, tan
from operator import sub
from statistics import median

from PIL import Image

#: The number of strips. A strip is narrow, so that even a slanted text line is nearly horizontal within one strip.
_STRIPS = 32
#: The number of bands, which also divide the width of the page but are wider than strips. A band is wide enough for a
#: few words, but rarely contains parts of two text columns.
_BANDS = 6
#: The largest skew of scans and photos of documents.
_MAX_SKEW_DEGREES = 15
#: The largest mean ink (0 to 255) of text in a row of a strip. More ink is a ruling line, a frame or a picture.
_MAX_TEXT_INK = 225
#: The smallest length of a ruling line, as a share of the page width.
_MIN_RULING_LENGTH = 0.3
#: Levels of mean ink (0 to 255). Rows with less than the first are dust. The darkest row of text exceeds the second.
_DUST_LEVEL, _FAINT_LEVEL = 4.0, 20.0
#: The profile of text is about five times as sharp along its lines as at other angles. For pictures, the ratio is 1. So
#: a skew below this ratio is ignored.
_MIN_SHARPNESS_RATIO = 2.0
#: The other angles for this comparison, in degrees from the skew.
_OTHER_ANGLES = (-4, -2.5, -1.5, 1.5, 2.5, 4)
#: The mean ink of each row, from top to bottom.
Profile = list[float]


@dataclass(frozen=True)
class TextLineStatistics:
    """Statistics of the text lines in one direction. Lengths are pixels of the ink image.

    `sharpness_ratio` is the sharpness of the profile along the lines, divided by the sharpness at other angles.
    `variation` is the sum of all changes between neighbouring rows of pixels. `rows` is the number of text lines in the
    band with most lines. `body_heights` has the height of each line without ascenders and descenders. PageMeasurements
    explains `ascender_excess`.
    """

    skew_degrees: float
    sharpness_ratio: float
    variation: float
    rows: int
    body_heights: tuple[int, ...]
    ascender_excess: float
    ruling_lines: int


def measure_text_lines(ink: Image.Image) -> TextLineStatistics:
    """Return the statistics of the text lines that run from left to right. Ink is 255 and paper is 0."""
    strips = ink.resize((_STRIPS, ink.height), Image.Resampling.BOX)
    degrees = _find_skew(strips, ink.width)
    text_strips = _Strips(strips.point(lambda value: 0 if value > _MAX_TEXT_INK else value), ink.width)
    profile = text_strips.project(degrees)[0]
    other_sharpness = median(text_strips.measure_sharpness(degrees + angle) for angle in _OTHER_ANGLES)
    sharpness_ratio = _compute_sharpness(profile) / (other_sharpness or 1.0)
    bands = [list(_find_runs(band)) for band in text_strips.project(degrees, _BANDS)]
    runs = [run for band in bands for run in band]
    return TextLineStatistics(
        skew_degrees=degrees if sharpness_ratio > _MIN_SHARPNESS_RATIO else 0.0,
        sharpness_ratio=sharpness_ratio,
        variation=sum(map(abs, map(sub, profile[1:], profile))),
        rows=max(map(len, bands)),
        body_heights=tuple(run.body_height for run in runs),
        ascender_excess=_measure_ascender_excess(runs),
        ruling_lines=_count_ruling_lines(strips, ink.width, degrees),
    )


class _Strips:
    """The ink of each row of pixels in a few vertical strips of the page."""

    def __init__(self, strips: Image.Image, width: float) -> None:
        self._strips, self._strip_width = strips.convert("F"), width / _STRIPS

    def project(self, degrees: float, bands: int = 1) -> list[Profile]:
        """Return the profile of each band along lines that slope down to the right by this angle."""
        strips, slope = self._strips, tan(radians(degrees)) * self._strip_width
        if slope:
            shear = (1, 0, 0, slope, 1, -slope * _STRIPS / 2)
            strips = strips.transform(strips.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
        values = array("f", strips.resize((bands, strips.height), Image.Resampling.BOX).tobytes())
        return [list(values[band::bands]) for band in range(bands)]

    def measure_sharpness(self, degrees: float) -> float:
        return _compute_sharpness(self.project(degrees)[0])


def _find_skew(strips: Image.Image, width: int) -> float:
    """Return the angle in degrees with the sharpest profile: W. Postl, US patent 4,723,297 (1988)."""
    # The first search is in whole degrees. Without this blur, it would miss thin ruling lines.
    blurred = strips.resize((strips.width, max(2, strips.height // 2)), Image.Resampling.BOX)
    rough, exact = _Strips(blurred, width / 2), _Strips(strips, width)
    nearest = max(range(-_MAX_SKEW_DEGREES, _MAX_SKEW_DEGREES + 1), key=rough.measure_sharpness)
    return max((nearest + tenth / 10 for tenth in range(-7, 8)), key=exact.measure_sharpness)


def _compute_sharpness(profile: Profile) -> float:
    """Return the sum of the squared differences between neighbouring rows."""
    return dist(profile[1:], profile[:-1]) ** 2


def _count_ruling_lines(strips: Image.Image, width: int, degrees: float) -> int:
    profile = _Strips(strips.point(lambda value: 255 if value > _MAX_TEXT_INK else 0), width).project(degrees)[0]
    return sum(1 for is_ruling, _ in groupby(profile, key=lambda value: value > 255 * _MIN_RULING_LENGTH) if is_ruling)


@dataclass(frozen=True)
class _Run:
    """Consecutive rows of pixels with ink, which are usually one text line. `ink` is the mean ink of each row.

    `top` and `bottom` are the first and last row with at least half the ink of the darkest row. Between them is the
    body of the text line.
    """

    ink: Profile
    top: int
    bottom: int

    @property
    def body_height(self) -> int:
        return self.bottom - self.top + 1


def _find_runs(profile: Profile) -> Iterator[_Run]:
    # Ink in nearly every row is not text but, for example, a vertical ruling line. So rows of text must exceed the ink
    # of the emptiest tenth of the rows.
    min_ink = sorted(profile)[len(profile) // 10] + _DUST_LEVEL
    for is_ink, row_inks in groupby(profile, key=lambda value: value > min_ink):
        ink = list(row_inks)
        if is_ink and max(ink) > _FAINT_LEVEL:
            body = [row for row, value in enumerate(ink) if value >= max(ink) / 2]
            yield _Run(ink, body[0], body[-1])


def _measure_ascender_excess(runs: list[_Run]) -> float:
    """Return ink above the bodies minus ink below them, divided by the sum of both.

    Latin text has more ascenders than descenders: D. S. Bloomberg, G. E. Kopec and L. Dasari, SPIE 2422 (1995) 302.
    """
    body_height = round(median(run.body_height for run in runs)) if runs else 0
    # Two lines that touch, or a line on a ruling line, would distort the result. So runs of unusual height are omitted.
    min_height, max_height = 0.6 * body_height, 1.7 * body_height
    usual_runs = [
        run for run in runs if min_height <= run.body_height <= max_height and len(run.ink) <= 3 * body_height
    ]
    above = sum(sum(run.ink[max(0, run.top - body_height) : run.top]) for run in usual_runs)
    below = sum(sum(run.ink[run.bottom + 1 : run.bottom + 1 + body_height]) for run in usual_runs)
    return (above - below) / ((above + below) or 1.0)
