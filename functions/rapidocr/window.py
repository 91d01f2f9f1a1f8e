"""The part of a page in which lines are looked for, at the size that finding them needs."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Quadrangles = npt.NDArray[np.float32]

#: The network wants multiples of this, and finds nothing that touches the edge of a page of one of them.
_GRID, _LEAST_SIDE_PX = 32, 64
#: In pixels of the window: paper around the ink, which lines are told by.
_MARGIN_PX = 24
#: In gray levels. What differs less from the paper is paper: margins of a noisy page are not worth taking off.
_FAINT = 24
#: Every so many pixels are enough to know the paper, of which there is more than of ink.
_STEP, _PAPER_PERCENT = 4, 75


@dataclass(frozen=True)
class Window:
    """Pixels, `scale` times as many to a length as on the page, from `left` and `top` of the scaled page."""

    pixels: Pixels
    scale: float
    left: int
    top: int

    def on_page(self, found: Quadrangles, page: Pixels) -> Quadrangles:
        """Corners in the window as corners on the page."""
        height, width = page.shape
        corners = (found + np.array([self.left, self.top], np.float32)) / np.float32(self.scale)
        return corners.clip(0, np.array([width - 1, height - 1], np.float32))


def window(page: Pixels, side: int) -> Window:
    """What is inked of a gray page whose longer side may have `side` pixels."""
    height, width = page.shape
    scale = min(1.0, side / max(height, width))
    # Each pixel is the mean of those that it stands for: thin strokes grow pale, and do not break.
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else page
    paper = round(float(np.percentile(small[::_STEP, ::_STEP], _PAPER_PERCENT)))
    inked = cv2.absdiff(small, np.full_like(small, paper)) > _FAINT
    rows, columns = _extent(inked.any(axis=1)), _extent(inked.any(axis=0))
    return Window(_on_grid(small[rows, columns], paper), scale, columns.start, rows.start)


def _extent(inked: npt.NDArray[np.bool_]) -> slice:
    """From the first to the last with ink, with a margin; all of them where there is none."""
    found = np.flatnonzero(inked)
    if not found.size:
        return slice(0, inked.size)
    return slice(max(0, int(found[0]) - _MARGIN_PX), min(inked.size, int(found[-1]) + 1 + _MARGIN_PX))


def _on_grid(pixels: Pixels, paper: int) -> Pixels:
    """With paper to the right and below, where places stay what they are."""
    height, width = (max(_LEAST_SIDE_PX, -(-side // _GRID) * _GRID) for side in pixels.shape)
    more = ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]))
    return np.pad(pixels, more, constant_values=paper)
