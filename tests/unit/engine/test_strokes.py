import pytest
from PIL import Image, ImageDraw

from functions.engine.pages import PageImage
from functions.engine.preparation.look import Look
from functions.engine.reader import Raster
from functions.engine.routing.signals import UNREAD_STROKES
from functions.engine.strokes import with_strokes
from functions.reading.reading import Box, Line, Reading
from tests.unit.engine.engine_fakes import reading

WIDTH, HEIGHT = 400, 200
LOOK = Look(width=WIDTH, height=HEIGHT, dpi=300, dpi_stated=True, text_height=10, contrast=1.0)
UPPER, LOWER = (10, 20, 390, 40), (10, 120, 390, 140)


def page(*lines: tuple[Box, int], paper: int = 255) -> Image.Image:
    """Letters of that gray, 2 pixels wide, in each line."""
    image = Image.new("L", (WIDTH, HEIGHT), paper)
    for (left, top, right, bottom), gray in lines:
        for x in range(left, right, 10):
            ImageDraw.Draw(image).rectangle((x, top, x + 1, bottom - 1), fill=gray)
    return image


def judged(image: Image.Image, *boxes: Box, look: Look = LOOK) -> Reading:
    lines = tuple(Line(text="Maß", box=box) for box in boxes)
    read = reading("a", 0.9, "Maß", lines=lines, timings={"recognise": 1.0})
    return with_strokes(read, PageImage(Raster(image.tobytes(), WIDTH, HEIGHT, 300), look))


def unread(image: Image.Image, *boxes: Box, look: Look = LOOK) -> float | None:
    return judged(image, *boxes, look=look).signals.get(UNREAD_STROKES)


def test_a_line_that_was_overlooked_counts_by_its_letters() -> None:
    assert unread(page((UPPER, 0), (LOWER, 0)), UPPER) == 0.5
    assert unread(page((UPPER, 0), (LOWER, 0)), UPPER, LOWER) == 0


def test_faint_letters_count_like_black_ones() -> None:
    assert unread(page((UPPER, 0), (LOWER, 160)), UPPER) == 0.5


def test_light_letters_on_dark_paper_count_too() -> None:
    assert unread(page((UPPER, 255), (LOWER, 255), paper=60), UPPER) == 0.5


def test_borders_and_dark_areas_are_no_letters() -> None:
    image = page((UPPER, 0))
    drawn = ImageDraw.Draw(image)
    drawn.rectangle((100, 60, 300, 110), fill=0)
    drawn.rectangle((20, 60, 80, 180), outline=0)
    drawn.line((20, 190, 380, 190), fill=0)
    assert unread(image, UPPER) == pytest.approx(0, abs=0.01)


def test_the_noise_of_empty_paper_is_no_letters() -> None:
    image = page((UPPER, 0))
    for x in range(0, WIDTH, 3):
        image.putpixel((x, 100), 240)
    assert unread(image, UPPER) == 0


def test_a_page_without_ink_has_none_unread() -> None:
    assert unread(page(), UPPER) == 0


def test_a_line_that_reaches_out_of_the_page_covers_what_is_on_it() -> None:
    assert unread(page((UPPER, 0)), (-20, -20, 490, 290)) == 0


def test_an_engine_that_does_not_say_where_it_read_is_not_judged_by_strokes() -> None:
    assert unread(page((UPPER, 0))) is None


def test_the_seconds_that_it_takes_are_told_where_it_is_done() -> None:
    assert judged(page((UPPER, 0)), UPPER).timings.keys() == {"recognise", "strokes"}
    assert judged(page((UPPER, 0))).timings.keys() == {"recognise"}
