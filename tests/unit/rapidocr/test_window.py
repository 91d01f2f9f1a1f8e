import cv2
import numpy as np
import pytest

from functions.rapidocr.window import Pixels, Window, window


def page(height: int, width: int, *, paper: int = 255, ink: int = 0, at: tuple[slice, slice] | None = None) -> Pixels:
    made = np.full((height, width), paper, np.uint8)
    if at:
        made[at] = ink
    return made


def size(found: Window) -> tuple[int, int]:
    height, width = found.pixels.shape
    return height, width


def test_empty_margins_are_not_looked_at() -> None:
    letter = page(1120, 800, at=(slice(200, 500), slice(100, 700)))
    found = window(letter, side=1120)
    assert (found.left, found.top, found.scale) == (76, 176, 1.0)
    assert size(found) == (352, 672)
    assert found.pixels[24:324, 24:624].max() == 0


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (128, 255), (30, 200)])
def test_ink_is_whatever_differs_from_the_paper(paper: int, ink: int) -> None:
    found = window(page(640, 640, paper=paper, ink=ink, at=(slice(300, 340), slice(300, 340))), side=640)
    assert size(found) == (96, 96)


def test_a_page_on_which_nothing_differs_is_looked_at_whole() -> None:
    assert size(window(page(640, 480, paper=250, ink=230, at=(slice(9), slice(9))), side=640)) == (640, 480)


@pytest.mark.parametrize("sides", [(1, 1), (33, 5), (5, 4000), (1121, 1119)])
def test_a_window_of_any_page_fits_the_network(sides: tuple[int, int]) -> None:
    found = window(page(*sides), side=1120)
    assert all(side % 32 == 0 and 64 <= side <= 1120 for side in size(found))


def test_corners_come_back_to_where_they_are_on_the_page() -> None:
    drawn = page(3000, 2000, at=(slice(900, 1200), slice(600, 1500)))
    found = window(drawn, side=1120)
    left, top, wide, high = cv2.boundingRect((found.pixels < 128).astype(np.uint8))
    corners = np.array([[[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]]], np.float32)
    wanted = [[600, 900], [1500, 900], [1500, 1200], [600, 1200]]
    assert np.abs(found.on_page(corners, drawn)[0] - np.array(wanted)).max() <= 2


def test_no_corner_leaves_the_page() -> None:
    drawn = page(40, 50, at=(slice(10, 30), slice(10, 50)))
    beyond = np.array([[[-3, -3], [70, -3], [70, 70], [-3, 70]]], np.float32)
    assert window(drawn, side=1120).on_page(beyond, drawn).tolist() == [[[0, 0], [49, 0], [49, 39], [0, 39]]]
