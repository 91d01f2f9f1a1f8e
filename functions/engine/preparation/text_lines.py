"""Find text lines by projection profiles: the ink of each row of pixels, added up across the page."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import dist, radians, tan
from operator import sub
from statistics import median

from PIL import Image

#: A strip is so narrow that even a steep text line stays in its row within one strip.
_STRIPS = 32
#: A band is wide enough for a few words, and so narrow that two columns of text rarely share one.
_BANDS = 6
#: Scans and photos of documents have less skew than this.
_MAX_SKEW_DEGREES = 15
#: Of 255. A strip with more ink in a row holds a ruling line, a frame or a picture, and no text.
_MAX_TEXT_INK = 225
#: As a share of the strips. A ruling line crosses at least this much of the page.
_MIN_RULING_LENGTH = 0.3
#: Of 255. Less ink in a row is dust. A run whose darkest row has no more than the second value is no text.
_DUST_LEVEL, _FAINT_LEVEL = 4.0, 20.0
#: The profile of text is about five times as sharp along its lines as at other angles; a picture's is equally sharp.
_MIN_SHARPNESS_RATIO = 2.0
#: In degrees from the skew: the angles that the sharpness along the lines is compared with.
_OTHER_ANGLES = (-4, -2.5, -1.5, 1.5, 2.5, 4)
Profile = list[float]


@dataclass(frozen=True)
class TextLineStatistics:
    """Statistics of the text lines in one direction. Lengths are pixels of the ink image.

    `sharpness_ratio` compares how sharply rows of ink and paper alternate along the lines and at other angles.
    `variation` is the sum of all changes between neighbouring rows. `body_heights` has the height of each line's body.
    PageMeasurements explains `ascender_excess`.
    """

    skew_degrees: float
    sharpness_ratio: float
    variation: float
    rows: int
    body_heights: tuple[int, ...]
    ascender_excess: float
    ruling_lines: int


def measure_text_lines(ink: Image.Image) -> TextLineStatistics:
    """Return the statistics of the lines that run from left to right. Ink is 255 and paper 0."""
    strips = ink.resize((_STRIPS, ink.height), Image.Resampling.BOX)
    degrees = _find_skew(strips, ink.width)
    text = _Strips(strips.point(lambda value: 0 if value > _MAX_TEXT_INK else value), ink.width)
    profile = text.project(degrees)[0]
    other_sharpness = median(text.measure_sharpness(degrees + angle) for angle in _OTHER_ANGLES)
    sharpness_ratio = _compute_sharpness(profile) / (other_sharpness or 1.0)
    bands = [list(_find_runs(band)) for band in text.project(degrees, _BANDS)]
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
        """Return the ink by row from top to bottom for each band, for lines that fall to the right by this angle."""
        strips, fall = self._strips, tan(radians(degrees)) * self._strip_width
        if fall:
            shear = (1, 0, 0, fall, 1, -fall * _STRIPS / 2)
            strips = strips.transform(strips.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
        values = array("f", strips.resize((bands, strips.height), Image.Resampling.BOX).tobytes())
        return [list(values[band::bands]) for band in range(bands)]

    def measure_sharpness(self, degrees: float) -> float:
        return _compute_sharpness(self.project(degrees)[0])


def _find_skew(strips: Image.Image, width: int) -> float:
    """Return the angle with the sharpest changes between ink and paper: W. Postl, US patent 4,723,297 (1988)."""
    # A ruling line is so thin that the rough search in whole degrees misses it without this blur.
    blurred = strips.resize((strips.width, max(2, strips.height // 2)), Image.Resampling.BOX)
    rough, exact = _Strips(blurred, width / 2), _Strips(strips, width)
    nearest = max(range(-_MAX_SKEW_DEGREES, _MAX_SKEW_DEGREES + 1), key=rough.measure_sharpness)
    return max((nearest + tenth / 10 for tenth in range(-7, 8)), key=exact.measure_sharpness)


def _compute_sharpness(profile: Profile) -> float:
    """Return the sum of the squared differences between neighbouring rows."""
    return dist(profile[1:], profile[:-1]) ** 2


def _count_ruling_lines(strips: Image.Image, width: int, degrees: float) -> int:
    full = _Strips(strips.point(lambda value: 255 if value > _MAX_TEXT_INK else 0), width).project(degrees)[0]
    return sum(1 for is_ruling, _ in groupby(full, key=lambda value: value > 255 * _MIN_RULING_LENGTH) if is_ruling)


@dataclass(frozen=True)
class _Run:
    """The ink of consecutive rows with ink: usually one text line.

    `top` and `bottom` are the first and last row of its body, the rows with at least half the ink of the darkest.
    """

    ink: Profile
    top: int
    bottom: int

    @property
    def body_height(self) -> int:
        return self.bottom - self.top + 1


def _find_runs(profile: Profile) -> Iterator[_Run]:
    # Ink in nearly every row is no text: it comes for example from a vertical ruling line beside a column.
    floor = sorted(profile)[len(profile) // 10] + _DUST_LEVEL
    for is_ink, members in groupby(profile, key=lambda value: value > floor):
        run = list(members)
        if is_ink and max(run) > _FAINT_LEVEL:
            body = [row for row, value in enumerate(run) if value >= max(run) / 2]
            yield _Run(run, body[0], body[-1])


def _measure_ascender_excess(runs: list[_Run]) -> float:
    """Return ink above the bodies minus ink below them, divided by the sum of both.

    Latin text has more ascenders than descenders: D. S. Bloomberg, G. E. Kopec and L. Dasari, SPIE 2422 (1995) 302.
    """
    body = round(median(run.body_height for run in runs)) if runs else 0
    # Omit runs of unusual height: two lines that touch, or a line on a ruling line, would distort the result.
    usual = [run for run in runs if 0.6 * body <= run.body_height <= 1.7 * body and len(run.ink) <= 3 * body]
    above = sum(sum(run.ink[max(0, run.top - body) : run.top]) for run in usual)
    below = sum(sum(run.ink[run.bottom + 1 : run.bottom + 1 + body]) for run in usual)
    return (above - below) / ((above + below) or 1.0)
