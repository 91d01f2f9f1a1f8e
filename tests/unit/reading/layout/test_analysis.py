"""Properties of layout analysis that hold for all pages."""

import random
import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from functions.reading.layout.analysis import PageLayout, analyze_layout
from functions.reading.reading import Box, Line, Word
from tests.unit.reading.layout.page_builders import (
    HEIGHT,
    WIDTH,
    analyze_page,
    find_line_numbers,
    make_prose,
    type_column,
    type_line,
)


def _make_line(words: list[Word], box: Box, separator: str, suffix: str) -> Line:
    """Return a line whose text can differ from its words."""
    return Line(text=separator.join(word.text for word in words) + suffix or "Speck", box=box, words=tuple(words))


boxes = st.tuples(*(st.integers(-50, 2000) for _ in range(4)))
words = st.builds(Word, text=st.sampled_from(["Öl", "12,50", "Rechnung", "-", "1."]), box=boxes)
lines = st.one_of(
    st.builds(
        _make_line, st.lists(words, max_size=4), boxes, st.sampled_from([" ", ""]), st.sampled_from(["", " ", " mehr"])
    ),
    st.builds(
        type_line, st.sampled_from(["Rechnung Nr. 4711", "a  b", "Maß"]), st.integers(0, 1200), st.integers(0, 1700)
    ),
)


def _count_letters(*texts: str) -> Counter[str]:
    return Counter(letter for text in texts for letter in text if not letter.isspace())


@given(st.lists(lines, max_size=12))
def test_no_letter_is_lost_or_repeated(page: list[Line]) -> None:
    layout = analyze_page(page)
    expected = _count_letters(*(line.text for line in page))
    assert expected == _count_letters(*(line.text for line in layout.lines)) == _count_letters(layout.text)
    assert [index for block in layout.blocks for index in block.lines] == list(range(len(layout.lines)))


@given(st.lists(lines, max_size=8), st.randoms())
def test_input_order_does_not_change_the_text(page: list[Line], dice: random.Random) -> None:
    shuffled = list(page)
    dice.shuffle(shuffled)
    assert analyze_page(shuffled).text == analyze_page(page).text


def test_page_without_lines_is_empty() -> None:
    assert analyze_page([]) == PageLayout(lines=(), blocks=(), text="")


def test_unsplit_lines_are_the_same_objects() -> None:
    page = type_column(make_prose("A", 3), 100, 300)
    assert all(a is b for a, b in zip(analyze_page(reversed(page)).lines, page, strict=True))


def test_part_of_line_has_box_and_confidence_of_its_words() -> None:
    first, second = analyze_page([type_line("links          rechts", 100, 300)]).lines
    assert (first.text, first.box, second.text, second.box) == (
        "links",
        (100, 300, 150, 320),
        "rechts",
        (250, 300, 310, 320),
    )
    assert second.confidence == 0.9


def test_line_with_incomplete_words_is_not_split() -> None:
    line = type_line("links          rechts", 100, 300)
    incomplete = line.model_copy(update={"text": "links und rechts"})
    assert analyze_page([incomplete]).lines == (incomplete,)


def test_word_with_two_boxes_stays_one_word() -> None:
    line = type_line("Vorw ort          Seite 3", 100, 300).model_copy(update={"text": "Vorwort Seite 3"})
    assert [part.text for part in analyze_page([line]).lines] == ["Vorwort", "Seite 3"]


def test_specks_and_vertical_text_do_not_change_the_order() -> None:
    specks = [Line(text=".", box=(x, y, x + 3, y + 3)) for x, y in ((50, 290), (700, 350), (320, 1200))]
    vertical = Line(text="Formular 12", box=(20, 300, 40, 900))
    text = analyze_page([*type_column(make_prose("A", 12), 100, 300), *specks, vertical]).text
    assert find_line_numbers(text, "A") == list(range(1, 13))


def test_box_around_the_page_does_not_change_the_order() -> None:
    stamp = Line(text="Stempel", box=(0, 0, WIDTH, HEIGHT))
    text = analyze_page([*type_column(make_prose("A", 12), 100, 300), stamp]).text
    assert find_line_numbers(text, "A") == list(range(1, 13))


def test_ten_thousand_lines_are_analyzed_within_seconds() -> None:
    dice = random.Random(4711)  # noqa: S311  # the same page in every run
    corners = [(dice.randrange(2400), dice.randrange(3500)) for _ in range(10_000)]
    page = [Line(text="ein Wort", box=(x, y, x + 80, y + 30)) for x, y in corners]
    started = time.process_time()
    analyze_layout(page, width=2480, height=3508)
    analyze_layout([page[0]] * 10_000, width=2480, height=3508)
    assert time.process_time() - started < 30


def test_right_to_left_line_keeps_position_and_words() -> None:
    above, below = type_column(["oben", "unten"], 100, 300, distance=100)
    words = tuple(Word(text=text, box=(left, 350, left + 90, 370)) for text, left in (("שלום", 300), ("עולם", 200)))
    line = Line(text="שלום עולם", box=(200, 350, 390, 370), words=words)
    assert analyze_page([below, line, above]).lines == (above, line, below)
