from functions.engine.pages import PageImage
from functions.engine.preparation.look import Look
from functions.engine.reader import Raster
from functions.engine.routing.ink import SIGNAL, with_ink
from functions.runtime.reading import Line
from tests.unit.engine.engine_fakes import reading

SIDE = 40
LOOK = Look(width=SIDE, height=SIDE, dpi=300, dpi_stated=True)
UPPER, LOWER = (5, 5, 35, 15), (5, 25, 35, 35)


def page(*inked: tuple[int, int, int, int]) -> PageImage:
    pixels = bytearray(b"\xff" * SIDE * SIDE)
    for left, top, right, bottom in inked:
        for row in range(top, bottom):
            pixels[row * SIDE + left : row * SIDE + right] = b"\0" * (right - left)
    return PageImage(Raster(bytes(pixels), SIDE, SIDE, 300), LOOK)


def unread(image: PageImage, *boxes: tuple[int, int, int, int]) -> float | None:
    lines = tuple(Line(text="Maß", box=box) for box in boxes)
    return with_ink(reading("a", 0.9, "Maß", lines=lines), image).signals.get(SIGNAL)


def test_a_line_that_was_overlooked_counts_by_its_ink() -> None:
    assert unread(page(UPPER, LOWER), UPPER) == 0.5
    assert unread(page(UPPER, LOWER), UPPER, LOWER) == 0


def test_a_page_without_ink_has_none_unread() -> None:
    assert unread(page(), UPPER) == 0


def test_a_line_that_reaches_out_of_the_page_covers_what_is_on_it() -> None:
    assert unread(page(UPPER), (-20, -20, 90, 90)) == 0


def test_an_engine_that_does_not_say_where_it_read_is_not_judged_by_ink() -> None:
    assert unread(page(UPPER)) is None
