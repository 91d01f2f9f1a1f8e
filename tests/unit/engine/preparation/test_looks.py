import pytest
from PIL import Image, ImageDraw

from functions.engine.preparation.look import Look
from functions.engine.preparation.measuring import measure
from tests.unit.engine.preparation import spoilt


def look(page: Image.Image) -> Look:
    return measure(spoilt.raster(page))


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return spoilt.letter(150)


@pytest.mark.parametrize("degrees", [-11.3, -2, -0.5, 0, 0.7, 4, 9])
def test_skew_is_found_to_a_quarter_of_a_degree(page: Image.Image, degrees: float) -> None:
    found = look(spoilt.skewed(page, degrees))
    assert found.skew_degrees == pytest.approx(degrees, abs=0.25)
    assert not found.sideways


@pytest.mark.parametrize("turned", [90, 270])
@pytest.mark.parametrize("degrees", [0, 3])
def test_lines_up_and_down_are_sideways_and_their_skew_is_theirs(page: Image.Image, turned: int, degrees: int) -> None:
    found = look(spoilt.turned(spoilt.skewed(page, degrees), turned))
    assert found.sideways
    assert found.skew_degrees == pytest.approx(degrees, abs=0.25)


def test_upside_down_there_are_no_ascenders(page: Image.Image) -> None:
    assert look(page).ascenders > 0.3
    assert look(spoilt.turned(page, 180)).ascenders < -0.3


def test_text_height_is_that_of_a_small_letter(page: Image.Image) -> None:
    # Times at 11 points has an x-height of 0.45 em: 10 pixels at 150 dpi, and the blur of both edges.
    assert look(page).text_height == pytest.approx(11, abs=2)
    assert look(spoilt.letter(300)).text_height == pytest.approx(22, abs=3)


def test_rows_are_counted(page: Image.Image) -> None:
    written = sum(bool(line.strip()) for line in spoilt.TEXT.splitlines())
    assert look(page).rows == pytest.approx(written, abs=3)


def test_noise_is_measured_in_gray_levels(page: Image.Image) -> None:
    assert look(page).noise < 1
    assert look(spoilt.noisy(spoilt.faded(page, 1), 12, seed=1)).noise == pytest.approx(12, abs=1.5)


def test_specks_are_told_from_print(page: Image.Image) -> None:
    assert not look(page).speckled
    assert look(spoilt.speckled(page, 0.05, seed=1)).speckled


def test_contrast_and_shadow_are_those_of_the_page(page: Image.Image) -> None:
    good, faint = look(page), look(spoilt.faded(page, 0.5))
    assert faint.contrast < 0.6 * good.contrast
    assert good.paper == 232
    assert good.shading < 0.02
    assert look(spoilt.shaded(page, 0.3)).shading > 0.5


def test_rules_are_seen(page: Image.Image) -> None:
    assert look(page).rules == 0
    ruled = page.copy()
    ImageDraw.Draw(ruled).line((100, 200, 1100, 200), fill=0, width=4)
    assert look(ruled).rules == 1


def test_a_blank_page_has_nothing_on_it() -> None:
    found = look(Image.new("L", (620, 877), 250))
    assert (found.rows, found.text_height, found.skew_degrees) == (0, 0, 0)
    assert not found.sideways


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 5000), (5000, 1)])
def test_a_page_of_any_size_can_be_looked_at(size: tuple[int, int]) -> None:
    assert look(Image.new("L", size, 0)).width == size[0]
