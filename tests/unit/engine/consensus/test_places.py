"""Words of two readings find each other by their places, and stand where they were read."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.engine.consensus.consensus import consensus
from functions.engine.preparation.mapping import Places
from functions.reading.reading import Affine, Line, Preparation, Reading, Word
from tests.unit.engine.consensus.readings import NOTHING, line, only, placed, rapid, rapid_placed, reading, texts


def test_a_word_that_the_other_engine_is_surer_of_is_taken_from_it() -> None:
    mine = placed(line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.3)))
    its = rapid_placed(line(0, ("Rechnung", 0, 0.8), ("4717", 180, 0.8)))

    found = consensus(mine, its, NOTHING)

    assert (found.text, [block.text for block in found.blocks]) == ("Rechnung 4717", ["Rechnung 4717"])
    assert texts(found.lines) == ["Rechnung 4717"]
    told = only(found)
    assert (told.read, told.taken) == ({"tesseract": "4711", "rapidocr": "4717"}, "4717")
    assert (told.why, told.line, told.box) == ("rapidocr is surer of it", 0, (180, 0, 260, 30))


def test_words_are_matched_by_place_when_columns_were_read_in_another_order() -> None:
    mine = placed(line(0, ("links", 0, 0.9), ("oben", 120, 0.9)), line(0, ("rechts", 500, 0.9), ("0ben", 640, 0.2)))
    its = rapid_placed(
        line(2, ("rechts", 502, 0.8), ("oben", 642, 0.8)), line(2, ("links", 2, 0.8), ("oben", 122, 0.8))
    )

    found = consensus(mine, its, NOTHING)

    assert found.text == "links oben rechts oben"
    assert only(found).read["tesseract"] == "0ben"


def test_places_are_compared_on_pages_of_the_same_size() -> None:
    mine = placed(line(100, ("A", 0, 0.9), ("B", 40, 0.2)))
    small = Line(
        text="A C",
        box=(0, 50, 30, 65),
        words=(
            Word(text="A", box=(0, 50, 10, 65), confidence=0.8),
            Word(text="C", box=(20, 50, 30, 65), confidence=0.8),
        ),
    )
    its = rapid_placed(small).model_copy(update={"width": 500, "height": 500})

    found = consensus(mine, its, NOTHING)

    assert found.text == "A C"
    assert (found.lines[0].words[1].box, only(found).box) == ((40, 100, 60, 130), (40, 100, 60, 130))


#: Upside down; and on its side: a word of the prepared page lies at 1000 - y, x of the page.
DOWN: Affine = (-1, 0, 1000, 0, -1, 1000)
SIDE: Affine = (0, -1, 1000, 1, 0, 0)


def laid(found: Reading, to_page: Affine) -> Reading:
    """The reading of a page that was turned upright before, with places on the page as it came."""
    places = Places(to_page, 1000, 1000)
    lines = tuple(places.line(one) for one in found.lines)
    return found.model_copy(update={"lines": lines, "preparation": Preparation(steps=("turned",), to_page=to_page)})


@pytest.mark.parametrize("to_page", [DOWN, SIDE])
def test_a_page_that_was_turned_is_put_in_order_as_it_was_read(to_page: Affine) -> None:
    mine = placed(line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.3)), line(50, ("unten", 0, 0.9)))
    its = rapid_placed(line(0, ("Rechnung", 0, 0.8), ("4717", 180, 0.8)), line(50, ("unten", 0, 0.8)))

    found = consensus(laid(mine, to_page), laid(its, to_page), NOTHING)

    assert found.text == "Rechnung 4717\nunten"
    assert found.lines[0].words[1].box == Places(to_page, 1000, 1000).box((180, 0, 260, 30)) == only(found).box


def test_a_line_whose_words_have_no_places_is_voted_on_as_well() -> None:
    bare = line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.9)).model_copy(update={"words": (), "confidence": 0.3})
    its = rapid_placed(line(0, ("Rechnung", 0, 0.8), ("4717", 180, 0.8)))

    found = consensus(placed(bare), its, NOTHING)

    assert (found.text, texts(found.lines)) == ("Rechnung 4717", ["Rechnung 4717"])
    assert [block.text for block in found.blocks] == ["Rechnung 4717"]


def test_a_frame_that_was_read_as_a_letter_takes_no_words_along() -> None:
    rows = [line(100 * row, (f"Zeile{row}", 50, 0.9), ("Größe", 400, 0.9)) for row in range(9)]
    frame = Line(text="|", box=(0, 0, 1000, 900), words=(Word(text="|", box=(0, 0, 1000, 900), confidence=0.9),))

    found = consensus(placed(*rows, frame, confidence=0.95), rapid_placed(*rows), NOTHING)

    assert texts(found.lines)[:9] == texts(rows)


def test_one_word_may_stand_for_two() -> None:
    mine = placed(line(0, ("GmbHMühlenstraße", 0, 0.5), ("7", 400, 0.9)))
    its = rapid_placed(line(0, ("GmbH", 0, 0.8), ("Mühlenstraße", 85, 0.8), ("7", 400, 0.8)))

    assert consensus(mine, its, NOTHING).text == "GmbH Mühlenstraße 7"


def test_words_that_an_engine_cut_to_pieces_have_the_place_of_the_pieces() -> None:
    cut = line(0, ("Vor", 0, 0.8), ("wort", 60, 0.7), ("0ben", 180, 0.3)).model_copy(update={"text": "Vorwort 0ben"})
    mine = placed(cut, line(50, ("unten", 0, 0.9)))
    its = rapid_placed(line(50, ("unten", 0, 0.8)), line(0, ("Vorwort", 0, 0.8), ("oben", 180, 0.8)))

    found = consensus(mine, its, NOTHING)

    assert found.text == "Vorwort oben\nunten"
    assert only(found).box == (180, 0, 260, 30)


def test_a_word_without_a_place_is_matched_by_its_text() -> None:
    mine = placed(line(0, ("oben", 0, 0.9)), line(50, ("links", 0, 0.9), ("rechts", 200, 0.9)))
    torn = line(50, ("linksrechts", 0, 0.8)).model_copy(update={"text": "links rechts"})

    assert consensus(mine, rapid_placed(line(0, ("oben", 0, 0.8)), torn), NOTHING).disagreements == ()


def test_a_reading_without_places_changes_words_of_one_that_has_some_and_adds_none() -> None:
    mine = placed(line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.3)))

    found = consensus(mine, rapid("Rechnung 4717", 0.8), NOTHING)
    assert (found.text, only(found).box) == ("Rechnung 4717", (180, 0, 260, 30))

    found = consensus(mine, rapid("Rechnung 4711 bezahlt", 0.8), NOTHING)
    assert (found.text, only(found).read["rapidocr"], only(found).line) == ("Rechnung 4711", "bezahlt", None)


def test_what_only_the_other_read_comes_in_where_it_lies_if_it_is_sure_of_it() -> None:
    mine = placed(line(0, ("Haus", 0, 0.9), ("See", 165, 0.9)), line(100, ("Ende", 0, 0.9)))
    its = rapid_placed(
        line(0, ("Haus", 0, 0.8), ("am", 90, 0.95), ("..", 135, 0.95), ("See", 165, 0.8)),
        line(50, ("dazwischen", 0, 0.95), ("vielleicht", 300, 0.5)),
        line(100, ("Ende", 0, 0.8)),
    )

    found = consensus(mine, its, NOTHING)

    assert found.text == "Haus am See\ndazwischen\nEnde"
    assert texts(found.lines) == ["Haus am See", "dazwischen", "Ende"]
    assert [(told.read["rapidocr"], told.taken, told.line) for told in found.disagreements] == [
        ("am", "am", 0),
        ("..", "", 0),
        ("dazwischen", "dazwischen", 1),
        ("vielleicht", "", None),
    ]


def test_a_page_that_only_one_engine_read_is_that_engines() -> None:
    alone = rapid_placed(line(0, ("ganz", 0, 0.9)), line(50, ("allein", 0, 0.9)), confidence=0.9)

    assert consensus(reading("", 0.0), alone, NOTHING).text == "ganz\nallein"
    assert consensus(reading("", 0.9), alone, NOTHING).text == "ganz\nallein"
    assert consensus(reading("", 0.95), alone, NOTHING).text == ""


WORDS = st.lists(
    st.tuples(st.sampled_from(["Größe", "Grosse", "am", "5,00", "..."]), st.integers(0, 900), st.floats(0, 1)),
    min_size=1,
    max_size=5,
)
PAGES = st.lists(st.builds(lambda y, words: line(y, *words), st.integers(0, 960), WORDS), max_size=6)


@given(PAGES, PAGES, st.floats(0, 1), st.floats(0, 1))
def test_wherever_words_lie_nothing_stands_that_neither_read_and_what_both_read_alike_stays(
    first: list[Line], second: list[Line], one: float, other: float
) -> None:
    mine, its = placed(*first, confidence=one), rapid_placed(*second, confidence=other)

    found = consensus(mine, its, NOTHING)

    assert set(found.text.split()) <= {*mine.text.split(), *its.text.split()}
    assert consensus(mine, mine.model_copy(update={"engine": "rapidocr"}), NOTHING).text == mine.text
    taken = [word for told in found.disagreements for word in told.taken.split()]
    assert not Counter(taken) - Counter(found.text.split())
    assert all(told.line is None or told.line < len(found.lines) for told in found.disagreements)
    assert all(number < len(found.lines) for block in found.blocks for number in block.lines)
