from typing import Any

import pytest

from functions.engine.preparation.correction_plan import (
    CorrectionPlan,
    compute_prepared_size,
    is_orientation_uncertain,
    plan_corrections,
)
from functions.engine.preparation.measurements import PageMeasurements

MAX_PIXELS = 20_000_000


def make_measurements(**measured: Any) -> PageMeasurements:
    good = {"ascender_excess": 0.4, "text_height": 20, "rows": 30, "contrast": 0.7}
    return PageMeasurements(**{"width": 2480, "height": 3508, "dpi": 300, "dpi_stated": True, **good, **measured})


def plan(**measured: Any) -> CorrectionPlan:
    return plan_corrections(make_measurements(**measured), max_pixels=MAX_PIXELS)


def test_good_page_needs_no_corrections() -> None:
    assert plan().steps == ()
    assert not is_orientation_uncertain(make_measurements())


@pytest.mark.parametrize(
    ("measured", "steps"),
    [
        ({"skew_degrees": -4.0}, ("deskewed by 4.0°",)),
        ({"skew_degrees": 0.5}, ()),
        ({"width": 4000, "height": 5010}, ()),
        ({"noise": 14}, ("noise smoothed", "contrast normalized")),
        ({"noise": 5}, ()),
        ({"shading": 0.25}, ("contrast normalized",)),
        ({"shading": 0.15, "contrast": 0.9}, ()),
        ({"shading": 0.15, "contrast": 0.5}, ("contrast normalized",)),
        ({"has_specks": True}, ("specks removed",)),
        ({"width": 1240, "height": 1754, "text_height": 7}, ("scaled by 2.00",)),
    ],
)
def test_measurement_beyond_its_threshold_adds_a_step(measured: dict[str, Any], steps: tuple[str, ...]) -> None:
    assert plan(**measured).steps == steps


def test_small_print_is_scaled_up_within_the_pixel_limit() -> None:
    assert plan(width=600, height=800, text_height=5).scale == pytest.approx(14 / 5)
    assert plan(width=600, height=800, text_height=2).scale == 3
    assert plan(width=4000, height=5000, text_height=5).scale == 1


def test_deskewed_page_stays_within_the_pixel_limit() -> None:
    corrections = plan(width=4000, height=5000, skew_degrees=5)
    width, height = compute_prepared_size((4000, 5000), corrections)
    assert 0.99 * MAX_PIXELS < width * height <= 1.001 * MAX_PIXELS


def test_sideways_page_is_rotated_until_ascenders_point_up() -> None:
    assert plan(is_sideways=True, ascender_excess=0.4).rotation == 270
    assert plan(is_sideways=True, ascender_excess=-0.4).rotation == 90


def test_page_is_never_turned_upside_down_by_measurements_alone() -> None:
    assert plan(ascender_excess=-0.4).rotation == 0
    assert is_orientation_uncertain(make_measurements(ascender_excess=-0.4))
    assert is_orientation_uncertain(make_measurements(is_sideways=True))


def test_blank_page_needs_no_orientation_detection() -> None:
    assert not is_orientation_uncertain(make_measurements(ascender_excess=0, rows=0))


def test_known_rotation_replaces_the_estimate() -> None:
    sideways = make_measurements(is_sideways=True)
    assert plan_corrections(sideways, max_pixels=MAX_PIXELS, known_rotation=180).rotation == 180
