import cv2
import numpy as np
import pytest

from functions.rapidocr.window import DetectionWindow, Pixels, crop_to_ink


def draw_page(
    height: int, width: int, *, paper: int = 255, ink: int = 0, at: tuple[slice, slice] | None = None
) -> Pixels:
    made = np.full((height, width), paper, np.uint8)
    if at:
        made[at] = ink
    return made


def get_size(window: DetectionWindow) -> tuple[int, int]:
    height, width = window.pixels.shape
    return height, width


def test_empty_margins_are_cropped() -> None:
    letter = draw_page(1120, 800, at=(slice(200, 500), slice(100, 700)))
    window = crop_to_ink(letter, max_side=1120)
    assert (window.left, window.top, window.scale) == (76, 176, 1.0)
    assert get_size(window) == (352, 672)
    assert window.pixels[24:324, 24:624].max() == 0


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (128, 255), (30, 200)])
def test_ink_is_any_difference_from_the_paper(paper: int, ink: int) -> None:
    window = crop_to_ink(draw_page(640, 640, paper=paper, ink=ink, at=(slice(300, 340), slice(300, 340))), max_side=640)
    assert get_size(window) == (96, 96)


def test_page_without_ink_is_not_cropped() -> None:
    assert get_size(crop_to_ink(draw_page(640, 480, paper=250, ink=230, at=(slice(9), slice(9))), max_side=640)) == (
        640,
        480,
    )


@pytest.mark.parametrize("sides", [(1, 1), (33, 5), (5, 4000), (1121, 1119)])
def test_window_of_any_page_fits_the_network(sides: tuple[int, int]) -> None:
    window = crop_to_ink(draw_page(*sides), max_side=1120)
    assert all(side % 32 == 0 and 64 <= side <= 1120 for side in get_size(window))


def test_corners_are_mapped_back_to_the_page() -> None:
    drawn = draw_page(3000, 2000, at=(slice(900, 1200), slice(600, 1500)))
    window = crop_to_ink(drawn, max_side=1120)
    left, top, wide, high = cv2.boundingRect((window.pixels < 128).astype(np.uint8))
    corners = np.array([[[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]]], np.float32)
    wanted = [[600, 900], [1500, 900], [1500, 1200], [600, 1200]]
    assert np.abs(window.map_to_page(corners, drawn)[0] - np.array(wanted)).max() <= 2


def test_mapped_corners_stay_on_the_page() -> None:
    drawn = draw_page(40, 50, at=(slice(10, 30), slice(10, 50)))
    beyond = np.array([[[-3, -3], [70, -3], [70, 70], [-3, 70]]], np.float32)
    assert crop_to_ink(drawn, max_side=1120).map_to_page(beyond, drawn).tolist() == [
        [[0, 0], [49, 0], [49, 39], [0, 39]]
    ]
