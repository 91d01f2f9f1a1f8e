"""Merging of two readings of a page, word by word."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from functions.engine.consensus.merging import merge_readings
from functions.reading.reading import Block, Reading
from tests.unit.engine.consensus.example_readings import (
    EMPTY_LEXICON,
    get_only_disagreement,
    make_rapidocr_text_reading,
    make_text_reading,
    make_word_check,
)

TEXTS = st.lists(
    st.sampled_from(["Größe", "Grosse", "Haus", "haus,", "5,00", "€", "\n", "\n\n", " "]), max_size=10
).map(" ".join)
KNOWN = make_word_check("Größe", "Haus")


@given(TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_equal_readings_agree_on_every_character(text: str, confidence: float, other_confidence: float) -> None:
    merged = merge_readings(
        make_text_reading(text, confidence), make_rapidocr_text_reading(text, other_confidence), KNOWN
    )

    assert (merged.text, merged.disagreements) == (text, ())


@given(TEXTS, TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_merged_words_come_from_one_of_the_readings(
    first: str, second: str, confidence: float, other_confidence: float
) -> None:
    merged = merge_readings(
        make_text_reading(first, confidence), make_rapidocr_text_reading(second, other_confidence), KNOWN
    )

    assert set(merged.text.split()) <= {*first.split(), *second.split()}
    for disagreement in merged.disagreements:
        assert disagreement.taken in {*disagreement.read.values(), ""}
        assert disagreement.taken in " ".join(merged.text.split())


@given(TEXTS, TEXTS)
def test_order_of_engines_does_not_matter(first: str, second: str) -> None:
    reading, other = make_text_reading(first, 0.9), make_rapidocr_text_reading(second, 0.8)

    assert merge_readings(reading, other, KNOWN) == merge_readings(other, reading, KNOWN)


def test_merged_reading_names_engines_and_counts_disagreements() -> None:
    merged = merge_readings(
        make_text_reading("Grosse Freude", 0.9), make_rapidocr_text_reading("Größe Freude", 0.8), KNOWN
    )

    assert (merged.engine, merged.made_of) == ("consensus", {"rapidocr": "1", "tesseract": "1"})
    assert "rapidocr-1-tesseract-1" in merged.engine_version
    assert (merged.confidence, merged.signals) == (0.9, {"words": 2.0, "disagreements": 1.0})
    assert get_only_disagreement(merged).read == {"tesseract": "Grosse", "rapidocr": "Größe"}


def test_long_list_of_disagreements_is_cut_and_counted() -> None:
    merged = merge_readings(make_text_reading("a b " * 300), make_rapidocr_text_reading("a c " * 300), EMPTY_LEXICON)

    assert (len(merged.disagreements), merged.signals["disagreements"]) == (200, 300.0)


def test_unmatched_primary_words_stay_and_secondary_words_are_listed() -> None:
    merged = merge_readings(
        make_text_reading("Haus am See", 0.9), make_rapidocr_text_reading("Haus See ..", 0.8), EMPTY_LEXICON
    )

    assert merged.text == "Haus am See"
    assert [(disagreement.taken, disagreement.why) for disagreement in merged.disagreements] == [
        ("am", "only tesseract read it, and is more confident of the page"),
        ("", "only rapidocr read it"),
    ]


def test_rows_and_paragraphs_of_a_text_are_kept() -> None:
    merged = merge_readings(
        make_text_reading("Anrede\n\nGroBe Freude\n", 0.9),
        make_rapidocr_text_reading("Anrede\nGröße Freude", 0.8),
        KNOWN,
    )

    assert merged.text == "Anrede\n\nGröße Freude"


def test_markdown_is_dropped_if_the_text_changes() -> None:
    with_markdown = make_text_reading("Grosse").model_copy(
        update={"markdown": "# Grosse", "blocks": (Block(text="Grosse"),)}
    )

    assert _get_markup(merge_readings(with_markdown, make_rapidocr_text_reading("Grosse"), KNOWN)) == ("# Grosse", 1)
    assert _get_markup(merge_readings(with_markdown, make_rapidocr_text_reading("Größe"), KNOWN)) == (None, 0)


def _get_markup(merged: Reading) -> tuple[str | None, int]:
    return merged.markdown, len(merged.blocks)


def test_decomposed_umlauts_are_no_disagreement() -> None:
    merged = merge_readings(
        make_text_reading("Größe", 0.9),
        make_rapidocr_text_reading(unicodedata.normalize("NFD", "Größe"), 0.8),
        EMPTY_LEXICON,
    )

    assert (merged.text, merged.disagreements) == ("Größe", ())
