from typing import Any

import pytest

from functions.engine.preparation.geometry import prepared_size
from functions.engine.preparation.look import Look
from functions.engine.preparation.planning import in_doubt, plan
from functions.engine.preparation.treatment import Treatment

MAX_PIXELS = 20_000_000


def look(**measured: Any) -> Look:
    good = {"ascenders": 0.4, "text_height": 20, "rows": 30, "contrast": 0.7}
    return Look(**{"width": 2480, "height": 3508, "dpi": 300, "dpi_stated": True, **good, **measured})


def planned(**measured: Any) -> Treatment:
    return plan(look(**measured), max_pixels=MAX_PIXELS)


def test_a_good_page_needs_nothing() -> None:
    assert planned().steps == ()
    assert not in_doubt(look())


@pytest.mark.parametrize(
    ("measured", "steps"),
    [
        ({"skew_degrees": -4.0}, ("straightened by 4.0°",)),
        ({"skew_degrees": 0.5}, ()),
        ({"width": 4000, "height": 5010}, ()),
        ({"noise": 14}, ("noise smoothed", "contrast evened")),
        ({"noise": 5}, ()),
        ({"shading": 0.25}, ("contrast evened",)),
        ({"shading": 0.15, "contrast": 0.9}, ()),
        ({"shading": 0.15, "contrast": 0.5}, ("contrast evened",)),
        ({"speckled": True}, ("specks taken off",)),
        ({"width": 1240, "height": 1754, "text_height": 7}, ("scaled by 2.00",)),
    ],
)
def test_each_step_has_its_reason(measured: dict[str, Any], steps: tuple[str, ...]) -> None:
    assert planned(**measured).steps == steps


def test_small_print_grows_to_what_engines_read_and_never_beyond_the_pixels_there_may_be() -> None:
    assert planned(width=600, height=800, text_height=5).scale == pytest.approx(14 / 5)
    assert planned(width=600, height=800, text_height=2).scale == 3
    assert planned(width=4000, height=5000, text_height=5).scale == 1


def test_the_corners_of_a_crooked_page_are_kept_within_the_pixels_there_may_be() -> None:
    done = planned(width=4000, height=5000, skew_degrees=5)
    width, height = prepared_size((4000, 5000), done)
    assert 0.99 * MAX_PIXELS < width * height <= 1.001 * MAX_PIXELS


def test_a_page_that_lies_sideways_is_turned_so_that_ascenders_point_up() -> None:
    assert planned(sideways=True, ascenders=0.4).turned == 270
    assert planned(sideways=True, ascenders=-0.4).turned == 90


def test_nobody_turns_a_page_over_without_asking() -> None:
    assert planned(ascenders=-0.4).turned == 0
    assert in_doubt(look(ascenders=-0.4))
    assert in_doubt(look(sideways=True))


def test_nobody_asks_which_way_up_a_blank_page_is() -> None:
    assert not in_doubt(look(ascenders=0, rows=0))


def test_a_known_turn_is_taken_as_it_is() -> None:
    assert plan(look(sideways=True), max_pixels=MAX_PIXELS, turned=180).turned == 180
