"""The choice between two variants of a word: the German one is taken, whatever the confidence of the engines."""

import pytest

from tests.unit.engine.consensus.example_readings import EMPTY_LEXICON, make_word_check, merge_words

KNOWN = make_word_check(
    "Größe", "größer", "Straße", "Masse", "Maße", "Müller", "grüßt", "Haus", "Köln", "für", "ziemlich", "its"
)


@pytest.mark.parametrize(
    ("primary", "other"),
    [
        ("Grosse", "Größe"),
        ("GroBe", "Größe"),
        ("StraBe,", "Straße,"),
        ("Strasse", "Straße"),
        ("Koeln", "Köln"),
        ("Koln", "Köln"),
        ("fiir", "für"),
        ("(Miiller)", "(Müller)"),
        ("grußt", "grüßt"),
        ("gtemlidh", "ziemlich"),
    ],
)
def test_variant_in_the_lexicon_is_taken(primary: str, other: str) -> None:
    assert merge_words(primary, other, KNOWN) == (other, "it is in the lexicon")
    assert merge_words(other, primary, KNOWN) == (other, "it is in the lexicon")


@pytest.mark.parametrize(
    ("primary", "other"),
    [("Masse", "Maße"), ("Xüx", "Xux"), ("adjustients", "its"), ("KOLN", "Köln"), ("4711", "Haus")],
    ids=["two words", "no word", "part of a word", "capitals", "number"],
)
def test_higher_confidence_decides_if_the_lexicon_does_not(primary: str, other: str) -> None:
    assert merge_words(primary, other, KNOWN) == (primary, "tesseract is more confident of it")


@pytest.mark.parametrize(
    ("misread", "correct"), [("VertragsstraBe", "Vertragsstraße"), ("ink1.", "inkl."), ("Gr6ße", "Größe")]
)
def test_shape_decides_for_words_outside_the_lexicon(misread: str, correct: str) -> None:
    assert merge_words(misread, correct) == (correct, "it has the shape of a word")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [('"Kredit"', "„Kredit“"), ("Kredit", "„Kredit“"), ("Kredit“)", "„Kredit“)")],
)
def test_typographic_quotation_marks_are_taken(typed: str, printed: str) -> None:
    assert merge_words(typed, printed, EMPTY_LEXICON) == (printed, "it has typographic quotation marks")


def test_very_long_variants_are_not_compared_by_letters() -> None:
    """A comparison takes cubic time: hours for these texts. A test that ends has passed."""
    first, second = " ".join(["0,00"] * 5000), " ".join(["0.00"] * 4999)
    assert merge_words(first, second) == (first, "tesseract is more confident of it")
