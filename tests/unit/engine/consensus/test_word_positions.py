"""Words of two readings are aligned by their positions and keep these positions."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.engine.consensus.merging import merge_readings
from functions.engine.preparation.coordinates import CoordinateMapper
from functions.reading.reading import Affine, Line, Preparation, Reading, Word
from tests.unit.engine.consensus.example_readings import (
    EMPTY_LEXICON,
    get_only_disagreement,
    list_texts,
    make_line,
    make_positioned_reading,
    make_rapidocr_reading,
    make_rapidocr_text_reading,
    make_text_reading,
)


def test_word_with_the_higher_confidence_is_taken() -> None:
    primary = make_positioned_reading(make_line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.3)))
    secondary = make_rapidocr_reading(make_line(0, ("Rechnung", 0, 0.8), ("4717", 180, 0.8)))

    merged = merge_readings(primary, secondary, EMPTY_LEXICON)

    assert (merged.text, [block.text for block in merged.blocks]) == ("Rechnung 4717", ["Rechnung 4717"])
    assert list_texts(merged.lines) == ["Rechnung 4717"]
    disagreement = get_only_disagreement(merged)
    assert (disagreement.read, disagreement.taken) == ({"tesseract": "4711", "rapidocr": "4717"}, "4717")
    assert (disagreement.why, disagreement.line, disagreement.box) == (
        "rapidocr is more confident of it",
        0,
        (180, 0, 260, 30),
    )


def test_words_match_by_position_if_column_order_differs() -> None:
    primary = make_positioned_reading(
        make_line(0, ("links", 0, 0.9), ("oben", 120, 0.9)), make_line(0, ("rechts", 500, 0.9), ("0ben", 640, 0.2))
    )
    secondary = make_rapidocr_reading(
        make_line(2, ("rechts", 502, 0.8), ("oben", 642, 0.8)), make_line(2, ("links", 2, 0.8), ("oben", 122, 0.8))
    )

    merged = merge_readings(primary, secondary, EMPTY_LEXICON)

    assert merged.text == "links oben rechts oben"
    assert get_only_disagreement(merged).read["tesseract"] == "0ben"


def test_positions_are_scaled_to_the_same_page_size() -> None:
    primary = make_positioned_reading(make_line(100, ("A", 0, 0.9), ("B", 40, 0.2)))
    small = Line(
        text="A C",
        box=(0, 50, 30, 65),
        words=(
            Word(text="A", box=(0, 50, 10, 65), confidence=0.8),
            Word(text="C", box=(20, 50, 30, 65), confidence=0.8),
        ),
    )
    secondary = make_rapidocr_reading(small).model_copy(update={"width": 500, "height": 500})

    merged = merge_readings(primary, secondary, EMPTY_LEXICON)

    assert merged.text == "A C"
    assert (merged.lines[0].words[1].box, get_only_disagreement(merged).box) == ((40, 100, 60, 130), (40, 100, 60, 130))


#: A page upside down, and a page on secondary side: (x, y) of the corrected page is (1000 - y, x) of the page.
UPSIDE_DOWN: Affine = (-1, 0, 1000, 0, -1, 1000)
SIDEWAYS: Affine = (0, -1, 1000, 1, 0, 0)


def rotate(merged: Reading, to_page: Affine) -> Reading:
    """Return the reading with coordinates of a page that was rotated before it was read."""
    mapper = CoordinateMapper(to_page, 1000, 1000)
    lines = tuple(mapper.map_line(line) for line in merged.lines)
    return merged.model_copy(update={"lines": lines, "preparation": Preparation(steps=("turned",), to_page=to_page)})


@pytest.mark.parametrize("to_page", [UPSIDE_DOWN, SIDEWAYS])
def test_rotated_page_keeps_its_reading_order(to_page: Affine) -> None:
    primary = make_positioned_reading(
        make_line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.3)), make_line(50, ("unten", 0, 0.9))
    )
    secondary = make_rapidocr_reading(
        make_line(0, ("Rechnung", 0, 0.8), ("4717", 180, 0.8)), make_line(50, ("unten", 0, 0.8))
    )

    merged = merge_readings(rotate(primary, to_page), rotate(secondary, to_page), EMPTY_LEXICON)

    assert merged.text == "Rechnung 4717\nunten"
    assert (
        merged.lines[0].words[1].box
        == CoordinateMapper(to_page, 1000, 1000).map_box((180, 0, 260, 30))
        == get_only_disagreement(merged).box
    )


def test_line_without_word_positions_takes_part_in_the_vote() -> None:
    line = make_line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.9)).model_copy(update={"words": (), "confidence": 0.3})
    secondary = make_rapidocr_reading(make_line(0, ("Rechnung", 0, 0.8), ("4717", 180, 0.8)))

    merged = merge_readings(make_positioned_reading(line), secondary, EMPTY_LEXICON)

    assert (merged.text, list_texts(merged.lines)) == ("Rechnung 4717", ["Rechnung 4717"])
    assert [block.text for block in merged.blocks] == ["Rechnung 4717"]


def test_frame_read_as_a_letter_matches_no_words() -> None:
    rows = [make_line(100 * row, (f"Zeile{row}", 50, 0.9), ("Größe", 400, 0.9)) for row in range(9)]
    frame = Line(text="|", box=(0, 0, 1000, 900), words=(Word(text="|", box=(0, 0, 1000, 900), confidence=0.9),))

    merged = merge_readings(
        make_positioned_reading(*rows, frame, confidence=0.95), make_rapidocr_reading(*rows), EMPTY_LEXICON
    )

    assert list_texts(merged.lines)[:9] == list_texts(rows)


def test_one_word_can_match_two_words() -> None:
    primary = make_positioned_reading(make_line(0, ("GmbHMühlenstraße", 0, 0.5), ("7", 400, 0.9)))
    secondary = make_rapidocr_reading(make_line(0, ("GmbH", 0, 0.8), ("Mühlenstraße", 85, 0.8), ("7", 400, 0.8)))

    assert merge_readings(primary, secondary, EMPTY_LEXICON).text == "GmbH Mühlenstraße 7"


def test_split_word_has_the_box_of_its_parts() -> None:
    split = make_line(0, ("Vor", 0, 0.8), ("wort", 60, 0.7), ("0ben", 180, 0.3)).model_copy(
        update={"text": "Vorwort 0ben"}
    )
    primary = make_positioned_reading(split, make_line(50, ("unten", 0, 0.9)))
    secondary = make_rapidocr_reading(
        make_line(50, ("unten", 0, 0.8)), make_line(0, ("Vorwort", 0, 0.8), ("oben", 180, 0.8))
    )

    merged = merge_readings(primary, secondary, EMPTY_LEXICON)

    assert merged.text == "Vorwort oben\nunten"
    assert get_only_disagreement(merged).box == (180, 0, 260, 30)


def test_word_without_position_matches_by_text() -> None:
    primary = make_positioned_reading(
        make_line(0, ("oben", 0, 0.9)), make_line(50, ("links", 0, 0.9), ("rechts", 200, 0.9))
    )
    joined = make_line(50, ("linksrechts", 0, 0.8)).model_copy(update={"text": "links rechts"})

    assert (
        merge_readings(
            primary, make_rapidocr_reading(make_line(0, ("oben", 0, 0.8)), joined), EMPTY_LEXICON
        ).disagreements
        == ()
    )


def test_reading_without_positions_replaces_words_and_inserts_none() -> None:
    primary = make_positioned_reading(make_line(0, ("Rechnung", 0, 0.9), ("4711", 180, 0.3)))

    merged = merge_readings(primary, make_rapidocr_text_reading("Rechnung 4717", 0.8), EMPTY_LEXICON)
    assert (merged.text, get_only_disagreement(merged).box) == ("Rechnung 4717", (180, 0, 260, 30))

    merged = merge_readings(primary, make_rapidocr_text_reading("Rechnung 4711 bezahlt", 0.8), EMPTY_LEXICON)
    assert (merged.text, get_only_disagreement(merged).read["rapidocr"], get_only_disagreement(merged).line) == (
        "Rechnung 4711",
        "bezahlt",
        None,
    )


def test_confident_unmatched_words_are_inserted_at_their_positions() -> None:
    primary = make_positioned_reading(
        make_line(0, ("Haus", 0, 0.9), ("See", 165, 0.9)), make_line(100, ("Ende", 0, 0.9))
    )
    secondary = make_rapidocr_reading(
        make_line(0, ("Haus", 0, 0.8), ("am", 90, 0.95), ("..", 135, 0.95), ("See", 165, 0.8)),
        make_line(50, ("dazwischen", 0, 0.95), ("vielleicht", 300, 0.5)),
        make_line(100, ("Ende", 0, 0.8)),
    )

    merged = merge_readings(primary, secondary, EMPTY_LEXICON)

    assert merged.text == "Haus am See\ndazwischen\nEnde"
    assert list_texts(merged.lines) == ["Haus am See", "dazwischen", "Ende"]
    assert [
        (disagreement.read["rapidocr"], disagreement.taken, disagreement.line) for disagreement in merged.disagreements
    ] == [
        ("am", "am", 0),
        ("..", "", 0),
        ("dazwischen", "dazwischen", 1),
        ("vielleicht", "", None),
    ]


def test_empty_reading_is_replaced_if_less_confident() -> None:
    other = make_rapidocr_reading(make_line(0, ("ganz", 0, 0.9)), make_line(50, ("allein", 0, 0.9)), confidence=0.9)

    assert merge_readings(make_text_reading("", 0.0), other, EMPTY_LEXICON).text == "ganz\nallein"
    assert merge_readings(make_text_reading("", 0.9), other, EMPTY_LEXICON).text == "ganz\nallein"
    assert merge_readings(make_text_reading("", 0.95), other, EMPTY_LEXICON).text == ""


WORDS = st.lists(
    st.tuples(st.sampled_from(["Größe", "Grosse", "am", "5,00", "..."]), st.integers(0, 900), st.floats(0, 1)),
    min_size=1,
    max_size=5,
)
PAGES = st.lists(st.builds(lambda y, words: make_line(y, *words), st.integers(0, 960), WORDS), max_size=6)


@given(PAGES, PAGES, st.floats(0, 1), st.floats(0, 1))
def test_merged_words_come_from_one_of_the_readings(
    first: list[Line], second: list[Line], confidence: float, other_confidence: float
) -> None:
    primary, secondary = (
        make_positioned_reading(*first, confidence=confidence),
        make_rapidocr_reading(*second, confidence=other_confidence),
    )

    merged = merge_readings(primary, secondary, EMPTY_LEXICON)

    assert set(merged.text.split()) <= {*primary.text.split(), *secondary.text.split()}
    assert (
        merge_readings(primary, primary.model_copy(update={"engine": "rapidocr"}), EMPTY_LEXICON).text == primary.text
    )
    taken = [word for disagreement in merged.disagreements for word in disagreement.taken.split()]
    assert not Counter(taken) - Counter(merged.text.split())
    assert all(
        disagreement.line is None or disagreement.line < len(merged.lines) for disagreement in merged.disagreements
    )
    assert all(number < len(merged.lines) for block in merged.blocks for number in block.lines)
