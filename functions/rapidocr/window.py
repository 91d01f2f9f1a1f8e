"""Detection window: the part of a page with ink, scaled for the text detection network."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
#: Four corners for each text line, clockwise from the top left.
Quadrangles = npt.NDArray[np.float32]

#: Each side of a window is a multiple of the grid, in pixels, because the network requires it. A side is at least twice
#: the grid, because the network finds no text at the edge of a smaller window.
_GRID, _MIN_SIDE = 32, 64
#: Pixels of paper around the ink in a window. Without a margin, the network misses lines at the edge.
_MARGIN = 24
#: Minimum difference in gray levels between ink and paper. Noise differs less, so noisy margins are cropped too.
_MIN_INK_DIFFERENCE = 24
#: The paper level is this percentile of every fourth pixel in both directions. Most pixels are paper.
_SAMPLE_STEP, _PAPER_PERCENTILE = 4, 75


@dataclass(frozen=True)
class DetectionWindow:
    """The pixels of a part of a page, scaled by `scale`. `left` and `top` are its offset on the scaled page."""

    pixels: Pixels
    scale: float
    left: int
    top: int

    def map_to_page(self, quadrangles: Quadrangles, page: Pixels) -> Quadrangles:
        """Return the corners in pixels of the page, from corners in pixels of the window."""
        height, width = page.shape
        corners = (quadrangles + np.array([self.left, self.top], np.float32)) / np.float32(self.scale)
        return corners.clip(0, np.array([width - 1, height - 1], np.float32))


def crop_to_ink(page: Pixels, max_side: int) -> DetectionWindow:
    """Return the inked part of a gray page. The page is scaled down until no side has more than `max_side` pixels."""
    height, width = page.shape
    scale = min(1.0, max_side / max(height, width))
    # INTER_AREA averages pixels: thin strokes become pale, but stay connected.
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled_page = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else page
    paper_level = round(float(np.percentile(scaled_page[::_SAMPLE_STEP, ::_SAMPLE_STEP], _PAPER_PERCENTILE)))
    inked = cv2.absdiff(scaled_page, np.full_like(scaled_page, paper_level)) > _MIN_INK_DIFFERENCE
    rows, columns = _find_extent(inked.any(axis=1)), _find_extent(inked.any(axis=0))
    return DetectionWindow(_pad_to_grid(scaled_page[rows, columns], paper_level), scale, columns.start, rows.start)


def _find_extent(inked: npt.NDArray[np.bool_]) -> slice:
    """Return the slice from the first to the last position with ink, plus a margin, or the full slice without ink."""
    positions = np.flatnonzero(inked)
    if not positions.size:
        return slice(0, inked.size)
    return slice(max(0, int(positions[0]) - _MARGIN), min(inked.size, int(positions[-1]) + 1 + _MARGIN))


def _pad_to_grid(pixels: Pixels, paper_level: int) -> Pixels:
    """Return the pixels with padding at the right and at the bottom, where it does not change coordinates."""
    height, width = (max(_MIN_SIDE, -(-side // _GRID) * _GRID) for side in pixels.shape)
    padding = ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]))
    return np.pad(pixels, padding, constant_values=paper_level)
