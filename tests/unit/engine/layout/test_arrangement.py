"""What holds for every page, however odd."""

import random
import time
from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from functions.engine.layout.arranging import Arrangement, arrange
from functions.runtime.reading import Box, Line, Word
from tests.unit.engine.layout.typewriter import HEIGHT, WIDTH, column, numbers, prose, read, typed


def _line(parts: list[Word], box: Box) -> Line:
    return Line(text=" ".join(word.text for word in parts) or "Speck", box=box, words=tuple(parts))


places = st.tuples(*(st.integers(-50, 2000) for _ in range(4)))
words = st.builds(Word, text=st.sampled_from(["Öl", "12,50", "Rechnung", "-", "1."]), box=places)
lines = st.one_of(
    st.builds(_line, st.lists(words, max_size=4), places),
    st.builds(typed, st.sampled_from(["Rechnung Nr. 4711", "a  b", "Maß"]), st.integers(0, 1200), st.integers(0, 1700)),
)


def _words(found: list[Line] | tuple[Line, ...]) -> Counter[str]:
    return Counter(chain.from_iterable(line.text.split() for line in found))


@given(st.lists(lines, max_size=12))
def test_no_word_is_lost_and_none_is_doubled(page: list[Line]) -> None:
    arranged = read(page)
    assert _words(page) == _words(arranged.lines) == Counter(arranged.text.split())
    assert [index for block in arranged.blocks for index in block.lines] == list(range(len(arranged.lines)))


@given(st.lists(lines, max_size=8), st.randoms())
def test_the_order_in_which_an_engine_found_the_lines_has_no_say(page: list[Line], shuffling: random.Random) -> None:
    shuffled = list(page)
    shuffling.shuffle(shuffled)
    assert read(shuffled).text == read(page).text


def test_a_page_without_lines_is_empty() -> None:
    assert read([]) == Arrangement(lines=(), blocks=(), text="")


def test_lines_that_stay_whole_are_the_same_lines() -> None:
    page = column(prose("A", 3), 100, 300)
    assert all(a is b for a, b in zip(read(reversed(page)).lines, page, strict=True))


def test_a_part_of_a_line_has_the_place_and_the_confidence_of_its_words() -> None:
    first, second = read([typed("links          rechts", 100, 300)]).lines
    assert (first.text, first.box, second.text, second.box) == (
        "links",
        (100, 300, 150, 320),
        "rechts",
        (250, 300, 310, 320),
    )
    assert second.confidence == 0.9


def test_specks_and_writing_that_stands_leave_the_text_in_order() -> None:
    specks = [Line(text=".", box=(x, y, x + 3, y + 3)) for x, y in ((50, 290), (700, 350), (320, 1200))]
    standing = Line(text="Formular 12", box=(20, 300, 40, 900))
    text = read([*column(prose("A", 12), 100, 300), *specks, standing]).text
    assert numbers(text, "A") == list(range(1, 13))


def test_a_box_around_the_whole_page_leaves_the_text_in_order() -> None:
    whole = Line(text="Stempel", box=(0, 0, WIDTH, HEIGHT))
    text = read([*column(prose("A", 12), 100, 300), whole]).text
    assert numbers(text, "A") == list(range(1, 13))


def test_ten_thousand_lines_take_seconds_and_not_minutes() -> None:
    place = random.Random(4711)  # noqa: S311  # no secret
    corners = [(place.randrange(2400), place.randrange(3500)) for _ in range(10_000)]
    page = [Line(text="ein Wort", box=(x, y, x + 80, y + 30)) for x, y in corners]
    started = time.process_time()
    arrange(page, width=2480, height=3508)
    arrange([page[0]] * 10_000, width=2480, height=3508)
    assert time.process_time() - started < 30
