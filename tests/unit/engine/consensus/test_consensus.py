"""Of two readings of a page one is made, word by word."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from functions.engine.consensus.consensus import consensus
from functions.reading.reading import Block, Reading
from tests.unit.engine.consensus.readings import NOTHING, knowing, only, rapid, reading

TEXTS = st.lists(
    st.sampled_from(["Größe", "Grosse", "Haus", "haus,", "5,00", "€", "\n", "\n\n", " "]), max_size=10
).map(" ".join)
KNOWN = knowing("Größe", "Haus")


@given(TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_equal_readings_agree_on_every_character(text: str, one: float, other: float) -> None:
    found = consensus(reading(text, one), rapid(text, other), KNOWN)

    assert (found.text, found.disagreements) == (text, ())


@given(TEXTS, TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_nothing_stands_that_neither_read(first: str, second: str, one: float, other: float) -> None:
    found = consensus(reading(first, one), rapid(second, other), KNOWN)

    assert set(found.text.split()) <= {*first.split(), *second.split()}
    for told in found.disagreements:
        assert told.taken in {*told.read.values(), ""}
        assert told.taken in " ".join(found.text.split())


@given(TEXTS, TEXTS)
def test_whoever_reads_first_what_they_make_together_is_the_same(first: str, second: str) -> None:
    one, other = reading(first, 0.9), rapid(second, 0.8)

    assert consensus(one, other, KNOWN) == consensus(other, one, KNOWN)


def test_the_reading_says_who_made_it_and_in_how_many_words_they_differ() -> None:
    found = consensus(reading("Grosse Freude", 0.9), rapid("Größe Freude", 0.8), KNOWN)

    assert (found.engine, found.made_of) == ("consensus", {"rapidocr": "1", "tesseract": "1"})
    assert "rapidocr-1-tesseract-1" in found.engine_version
    assert (found.confidence, found.signals) == (0.9, {"words": 2.0, "disagreements": 1.0})
    assert only(found).read == {"tesseract": "Grosse", "rapidocr": "Größe"}


def test_disagreements_are_counted_where_there_are_too_many_to_list() -> None:
    found = consensus(reading("a b " * 300), rapid("a c " * 300), NOTHING)

    assert (len(found.disagreements), found.signals["disagreements"]) == (200, 300.0)


def test_what_only_the_surer_engine_read_stays_and_what_only_the_other_read_without_a_place_is_told() -> None:
    found = consensus(reading("Haus am See", 0.9), rapid("Haus See ..", 0.8), NOTHING)

    assert found.text == "Haus am See"
    assert [(told.taken, told.why) for told in found.disagreements] == [
        ("am", "tesseract alone read it, and is surer of the page"),
        ("", "rapidocr alone read it"),
    ]


def test_rows_and_paragraphs_of_a_text_stay() -> None:
    found = consensus(reading("Anrede\n\nGroBe Freude\n", 0.9), rapid("Anrede\nGröße Freude", 0.8), KNOWN)

    assert found.text == "Anrede\n\nGröße Freude"


def test_markup_goes_where_it_would_say_other_words_than_the_text() -> None:
    marked = reading("Grosse").model_copy(update={"markdown": "# Grosse", "blocks": (Block(text="Grosse"),)})

    assert _markup(consensus(marked, rapid("Grosse"), KNOWN)) == ("# Grosse", 1)
    assert _markup(consensus(marked, rapid("Größe"), KNOWN)) == (None, 0)


def _markup(found: Reading) -> tuple[str | None, int]:
    return found.markdown, len(found.blocks)


def test_umlauts_made_of_two_characters_are_no_disagreement() -> None:
    found = consensus(reading("Größe", 0.9), rapid(unicodedata.normalize("NFD", "Größe"), 0.8), NOTHING)

    assert (found.text, found.disagreements) == ("Größe", ())
