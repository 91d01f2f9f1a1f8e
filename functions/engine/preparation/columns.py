"""Columns, as far as a projection tells: a heading across all of them hides them."""

from array import array
from itertools import groupby

from PIL import Image

#: Of the width: a gap between words is narrower, and what is narrower than a column is a margin note or a bullet.
_GAP, _COLUMN = 0.02, 0.12
#: Of the mean ink: where there is less, there is no text but what crosses the gap once.
_PAPER = 0.15


def columns(ink: Image.Image, degrees: float) -> int:
    """How many stretches of text lie beside each other, where lines fall by so many degrees to the right."""
    upright = ink.rotate(degrees).convert("F").resize((ink.width, 1), Image.Resampling.BOX)
    profile = array("f", upright.tobytes())
    paper = _PAPER * sum(profile) / len(profile)
    widths: list[list[int]] = [[]]
    for is_ink, members in groupby(profile, key=lambda value: value > paper):
        width = sum(1 for _ in members)
        if is_ink or width < _GAP * ink.width:
            widths[-1].append(width)
        else:
            widths.append([])
    return sum(sum(stretch) >= _COLUMN * ink.width for stretch in widths)
