import pytest
from PIL import Image, ImageDraw

from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.reader import Raster
from functions.engine.routing.unread_strokes import UNREAD_STROKES, add_unread_strokes
from functions.reading.reading import Box, Line, Reading
from tests.unit.engine.engine_fakes import make_reading

WIDTH, HEIGHT = 400, 200
MEASUREMENTS = PageMeasurements(width=WIDTH, height=HEIGHT, dpi=300, dpi_stated=True, text_height=10, contrast=1.0)
UPPER, LOWER = (10, 20, 390, 40), (10, 120, 390, 140)


def draw_page(*lines: tuple[Box, int], paper: int = 255) -> Image.Image:
    """Return a page with lines of letters. Each line is a box and a gray level; letters are 2 pixels wide."""
    image = Image.new("L", (WIDTH, HEIGHT), paper)
    for (left, top, right, bottom), gray in lines:
        for x in range(left, right, 10):
            ImageDraw.Draw(image).rectangle((x, top, x + 1, bottom - 1), fill=gray)
    return image


def measure(image: Image.Image, *boxes: Box, measurements: PageMeasurements = MEASUREMENTS) -> Reading:
    lines = tuple(Line(text="Maß", box=box) for box in boxes)
    reading = make_reading("a", 0.9, "Maß", lines=lines, timings={"recognise": 1.0})
    return add_unread_strokes(reading, Raster(image.tobytes(), WIDTH, HEIGHT, 300), measurements)


def get_unread_share(image: Image.Image, *boxes: Box, measurements: PageMeasurements = MEASUREMENTS) -> float | None:
    return measure(image, *boxes, measurements=measurements).signals.get(UNREAD_STROKES)


def test_unread_line_counts_by_its_letters() -> None:
    assert get_unread_share(draw_page((UPPER, 0), (LOWER, 0)), UPPER) == 0.5
    assert get_unread_share(draw_page((UPPER, 0), (LOWER, 0)), UPPER, LOWER) == 0


def test_faint_letters_count_like_black_ones() -> None:
    assert get_unread_share(draw_page((UPPER, 0), (LOWER, 160)), UPPER) == 0.5


def test_light_letters_on_dark_paper_count() -> None:
    assert get_unread_share(draw_page((UPPER, 255), (LOWER, 255), paper=60), UPPER) == 0.5


def test_borders_and_dark_areas_do_not_count() -> None:
    image = draw_page((UPPER, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 60, 300, 110), fill=0)
    draw.rectangle((20, 60, 80, 180), outline=0)
    draw.line((20, 190, 380, 190), fill=0)
    assert get_unread_share(image, UPPER) == pytest.approx(0, abs=0.01)


def test_noise_of_empty_paper_does_not_count() -> None:
    image = draw_page((UPPER, 0))
    for x in range(0, WIDTH, 3):
        image.putpixel((x, 100), 240)
    assert get_unread_share(image, UPPER) == 0


def test_blank_page_has_no_unread_strokes() -> None:
    assert get_unread_share(draw_page(), UPPER) == 0


def test_line_beyond_the_page_border_is_clipped() -> None:
    assert get_unread_share(draw_page((UPPER, 0)), (-20, -20, 490, 290)) == 0


def test_reading_without_lines_gets_no_stroke_signal() -> None:
    assert get_unread_share(draw_page((UPPER, 0))) is None


def test_seconds_of_the_measure_are_in_the_timings() -> None:
    assert measure(draw_page((UPPER, 0)), UPPER).timings.keys() == {"recognise", "strokes"}
    assert measure(draw_page((UPPER, 0))).timings.keys() == {"recognise"}
