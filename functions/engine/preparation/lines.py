"""Lines of text, found where ink adds up from one side of the page to the other."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import dist, radians, tan
from operator import sub
from statistics import median

from PIL import Image

#: So narrow that a line does not leave its row within one, however steep it is.
_STRIPS = 32
#: So wide that a few words are in one, and so narrow that columns do not share one.
_BANDS = 6
#: In degrees. Nobody who cares to be read puts a page in more crookedly.
_STEEPEST = 15
#: A strip that is filled like this holds a rule, a frame or a picture, and no text.
_FULL = 225
#: Of the strips: what crosses less of the page is no rule.
_LONG = 0.3
#: Of 255: less ink in a row is dust, and a row whose darkest part has no more than this is no text.
_DUST, _FAINT = 4.0, 20.0
#: Text is five times as distinct along its lines as across, and pictures are once.
_CLEAR = 2.0
Profile = list[float]


@dataclass(frozen=True)
class Lines:
    """What was found of them, looking from one direction. Lengths are pixels of the ink that was looked at.

    `distinct` tells how much better rows part from each other along the lines than across, `variation` how much ink
    there is to part, `heights` are those of the lines' bodies; for `ascenders` see Look.
    """

    degrees: float
    distinct: float
    variation: float
    rows: int
    heights: tuple[int, ...]
    ascenders: float
    rules: int


def lines(ink: Image.Image) -> Lines:
    """Look for lines that run from left to right. Ink is 255, paper 0."""
    cells = ink.resize((_STRIPS, ink.height), Image.Resampling.BOX)
    degrees = _slope(cells, ink.width)
    text = _Strips(cells.point(lambda value: 0 if value > _FULL else value), ink.width)
    level = text.along(degrees)[0]
    across = median(text.energy(degrees + off) for off in (-4, -2.5, -1.5, 1.5, 2.5, 4))
    distinct = _energy(level) / (across or 1.0)
    bands = [list(_runs(band)) for band in text.along(degrees, _BANDS)]
    runs = [run for band in bands for run in band]
    full = _Strips(cells.point(lambda value: 255 if value > _FULL else 0), ink.width).along(degrees)[0]
    return Lines(
        degrees=degrees if distinct > _CLEAR else 0.0,
        distinct=distinct,
        variation=sum(map(abs, map(sub, level[1:], level))),
        rows=max(map(len, bands)),
        heights=tuple(run.body for run in runs),
        ascenders=_ascenders(runs),
        rules=sum(1 for is_rule, _ in groupby(full, key=lambda value: value > 255 * _LONG) if is_rule),
    )


class _Strips:
    """The page as a few columns that hold the ink of each row."""

    def __init__(self, cells: Image.Image, width: float) -> None:
        self._cells, self._fall = cells.convert("F"), width / _STRIPS

    def along(self, degrees: float, bands: int = 1) -> list[Profile]:
        """Ink by row from top to bottom, in each band, when rows fall by so many degrees to the right."""
        cells, fall = self._cells, tan(radians(degrees)) * self._fall
        if fall:
            shear = (1, 0, 0, fall, 1, -fall * _STRIPS / 2)
            cells = cells.transform(cells.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
        values = array("f", cells.resize((bands, cells.height), Image.Resampling.BOX).tobytes())
        return [list(values[band::bands]) for band in range(bands)]

    def energy(self, degrees: float) -> float:
        """How sharply rows part there."""
        return _energy(self.along(degrees)[0])


def _slope(cells: Image.Image, width: int) -> float:
    """Where rows of ink and of paper change most sharply: W. Postl, US patent 4,723,297 (1988)."""
    # Rules are so thin that the first, rough look would miss them, but for the blur.
    blurred = cells.resize((cells.width, max(2, cells.height // 2)), Image.Resampling.BOX)
    rough, exact = _Strips(blurred, width / 2), _Strips(cells, width)
    near = max(range(-_STEEPEST, _STEEPEST + 1), key=rough.energy)
    return max((near + tenth / 10 for tenth in range(-7, 8)), key=exact.energy)


def _energy(profile: Profile) -> float:
    return dist(profile[1:], profile[:-1]) ** 2


@dataclass(frozen=True)
class _Run:
    """A row of ink by row of pixels; `top` and `bottom` are the first and last of its body, which is half as dark."""

    ink: Profile
    top: int
    bottom: int

    @property
    def body(self) -> int:
        return self.bottom - self.top + 1


def _runs(profile: Profile) -> Iterator[_Run]:
    # What stands in every row, as the rule beside a column does, says nothing of rows.
    floor = sorted(profile)[len(profile) // 10] + _DUST
    for is_ink, members in groupby(profile, key=lambda value: value > floor):
        run = list(members)
        if is_ink and max(run) > _FAINT:
            dark = [at for at, value in enumerate(run) if value >= max(run) / 2]
            yield _Run(run, dark[0], dark[-1])


def _ascenders(runs: list[_Run]) -> float:
    """D. S. Bloomberg, G. E. Kopec and L. Dasari, SPIE 2422 (1995) 302: Latin text has more above than below."""
    body = round(median(run.body for run in runs)) if runs else 0
    # Two lines that touch, and a line on a rule, would say something else.
    usual = [run for run in runs if 0.6 * body <= run.body <= 1.7 * body and len(run.ink) <= 3 * body]
    above = sum(sum(run.ink[max(0, run.top - body) : run.top]) for run in usual)
    below = sum(sum(run.ink[run.bottom + 1 : run.bottom + 1 + body]) for run in usual)
    return (above - below) / ((above + below) or 1.0)
