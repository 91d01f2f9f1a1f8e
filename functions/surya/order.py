"""Reading order of boxes by the recursive XY-cut.

Nagy and Seth, Hierarchical Representation of Optically Scanned Documents, 1984: a page is cut where nothing stands,
across first, and then its columns from left to right.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from functions.reading.layout.order import apart
from functions.reading.reading import Box

P = TypeVar("P")


def ordered(parts: Sequence[P], box: Callable[[P], Box]) -> list[P]:
    """From top to bottom, and where boxes stand side by side all of the left before all of the right."""
    for start, end in ((1, 3), (0, 2)):
        groups = apart((box(part)[start], box(part)[end], part) for part in parts)
        if len(groups) > 1:
            return [part for group in groups for part in ordered(group, box)]
    return sorted(parts, key=lambda part: (box(part)[1], box(part)[0]))
