"""What holds for every page, however odd."""

import random
import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from functions.reading.layout.arranging import Arrangement, arrange
from functions.reading.reading import Box, Line, Word
from tests.unit.reading.layout.typewriter import HEIGHT, WIDTH, column, numbers, prose, read, typed


def _line(parts: list[Word], box: Box, joint: str, more: str) -> Line:
    return Line(text=joint.join(word.text for word in parts) + more or "Speck", box=box, words=tuple(parts))


places = st.tuples(*(st.integers(-50, 2000) for _ in range(4)))
words = st.builds(Word, text=st.sampled_from(["Öl", "12,50", "Rechnung", "-", "1."]), box=places)
lines = st.one_of(
    st.builds(
        _line, st.lists(words, max_size=4), places, st.sampled_from([" ", ""]), st.sampled_from(["", " ", " mehr"])
    ),
    st.builds(typed, st.sampled_from(["Rechnung Nr. 4711", "a  b", "Maß"]), st.integers(0, 1200), st.integers(0, 1700)),
)


def _letters(*texts: str) -> Counter[str]:
    return Counter(letter for text in texts for letter in text if not letter.isspace())


@given(st.lists(lines, max_size=12))
def test_no_letter_is_lost_and_none_is_doubled(page: list[Line]) -> None:
    arranged = read(page)
    read_by_engine = _letters(*(line.text for line in page))
    assert read_by_engine == _letters(*(line.text for line in arranged.lines)) == _letters(arranged.text)
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


def test_a_line_whose_words_are_not_all_of_it_stays_whole() -> None:
    line = typed("links          rechts", 100, 300)
    whole = line.model_copy(update={"text": "links und rechts"})
    assert read([whole]).lines == (whole,)


def test_a_word_that_the_engine_placed_in_parts_stays_one_in_the_text() -> None:
    line = typed("Vorw ort          Seite 3", 100, 300).model_copy(update={"text": "Vorwort Seite 3"})
    assert [part.text for part in read([line]).lines] == ["Vorwort", "Seite 3"]


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


def test_a_line_from_right_to_left_is_in_its_place_with_all_its_words() -> None:
    above, below = column(["oben", "unten"], 100, 300, pitch=100)
    words = tuple(Word(text=text, box=(left, 350, left + 90, 370)) for text, left in (("שלום", 300), ("עולם", 200)))
    line = Line(text="שלום עולם", box=(200, 350, 390, 370), words=words)
    assert read([below, line, above]).lines == (above, line, below)
