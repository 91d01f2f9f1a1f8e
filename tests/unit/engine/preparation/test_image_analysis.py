import pytest
from PIL import Image, ImageDraw

from functions.engine.preparation.image_analysis import measure_page
from functions.engine.preparation.measurements import PageMeasurements
from tests.unit.engine.preparation import degraded_pages


def measure(page: Image.Image) -> PageMeasurements:
    return measure_page(degraded_pages.to_raster(page))


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return degraded_pages.make_letter(150)


@pytest.mark.parametrize("degrees", [-11.3, -2, -0.5, 0, 0.7, 4, 9])
def test_skew_is_measured_to_a_quarter_of_a_degree(page: Image.Image, degrees: float) -> None:
    measured = measure(degraded_pages.skew(page, degrees))
    assert measured.skew_degrees == pytest.approx(degrees, abs=0.25)
    assert not measured.is_sideways


@pytest.mark.parametrize("rotation", [90, 270])
@pytest.mark.parametrize("degrees", [0, 3])
def test_rotated_page_is_sideways_with_its_own_skew(page: Image.Image, rotation: int, degrees: int) -> None:
    measured = measure(degraded_pages.rotate(degraded_pages.skew(page, degrees), rotation))
    assert measured.is_sideways
    assert measured.skew_degrees == pytest.approx(degrees, abs=0.25)


def test_page_upside_down_has_negative_ascender_excess(page: Image.Image) -> None:
    assert measure(page).ascender_excess > 0.3
    assert measure(degraded_pages.rotate(page, 180)).ascender_excess < -0.3


def test_text_height_is_the_x_height(page: Image.Image) -> None:
    # Times at 11 points has an x-height of 0.45 em: 10 pixels at 150 dpi, plus the blur of both edges.
    assert measure(page).text_height == pytest.approx(11, abs=2)
    assert measure(degraded_pages.make_letter(300)).text_height == pytest.approx(22, abs=3)


def test_rows_are_the_number_of_text_lines(page: Image.Image) -> None:
    lines = sum(bool(line.strip()) for line in degraded_pages.TEXT.splitlines())
    assert measure(page).rows == pytest.approx(lines, abs=3)


def test_noise_is_measured_in_gray_levels(page: Image.Image) -> None:
    assert measure(page).noise < 1
    noisy = degraded_pages.add_noise(degraded_pages.fade(page, 1), 12, seed=1)
    assert measure(noisy).noise == pytest.approx(12, abs=1.5)


def test_specks_are_distinguished_from_print(page: Image.Image) -> None:
    assert not measure(page).has_specks
    assert measure(degraded_pages.add_specks(page, 0.05, seed=1)).has_specks


def test_contrast_and_shading_are_measured(page: Image.Image) -> None:
    good, faint = measure(page), measure(degraded_pages.fade(page, 0.5))
    assert faint.contrast < 0.6 * good.contrast
    assert good.paper_level == 232
    assert good.shading < 0.02
    assert measure(degraded_pages.shade(page, 0.3)).shading > 0.5


def test_ruling_lines_are_counted(page: Image.Image) -> None:
    assert measure(page).ruling_lines == 0
    ruled = page.copy()
    ImageDraw.Draw(ruled).line((100, 200, 1100, 200), fill=0, width=4)
    assert measure(ruled).ruling_lines == 1


def test_blank_page_has_no_rows() -> None:
    measured = measure(Image.new("L", (620, 877), 250))
    assert (measured.rows, measured.text_height, measured.skew_degrees) == (0, 0, 0)
    assert not measured.is_sideways


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 5000), (5000, 1)])
def test_page_of_any_size_can_be_measured(size: tuple[int, int]) -> None:
    assert measure(Image.new("L", size, 0)).width == size[0]
