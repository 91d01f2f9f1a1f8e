"""Of two variants of a word, the one that is German stands, however sure the engines are."""

import pytest

from tests.unit.engine.consensus.readings import NOTHING, decided, knowing

KNOWN = knowing(
    "Größe", "größer", "Straße", "Masse", "Maße", "Müller", "grüßt", "Haus", "Köln", "für", "ziemlich", "its"
)


@pytest.mark.parametrize(
    ("surer", "other"),
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
def test_the_variant_that_the_lexicon_has_stands(surer: str, other: str) -> None:
    assert decided(surer, other, KNOWN) == (other, "the lexicon has it")
    assert decided(other, surer, KNOWN) == (other, "the lexicon has it")


@pytest.mark.parametrize(
    ("surer", "other"),
    [("Masse", "Maße"), ("Xüx", "Xux"), ("adjustients", "its"), ("KOLN", "Köln"), ("4711", "Haus")],
    ids=["both are words", "neither is", "a part of a word", "capitals are names", "a number is no word"],
)
def test_where_the_lexicon_tells_nothing_the_surer_engine_decides(surer: str, other: str) -> None:
    assert decided(surer, other, KNOWN) == (surer, "tesseract is surer of it")


@pytest.mark.parametrize(
    ("odd", "even"), [("VertragsstraBe", "Vertragsstraße"), ("ink1.", "inkl."), ("Gr6ße", "Größe")]
)
def test_a_word_that_no_lexicon_has_is_known_by_its_shape(odd: str, even: str) -> None:
    assert decided(odd, even) == (even, "it is shaped like a word")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [('"Kredit"', "„Kredit“"), ("Kredit", "„Kredit“"), ("Kredit“)", "„Kredit“)")],
)
def test_quotation_marks_stand_as_they_are_printed(typed: str, printed: str) -> None:
    assert decided(typed, printed, NOTHING) == (printed, "it has its marks as they are printed")


def test_what_is_longer_than_any_word_is_not_compared_letter_by_letter() -> None:
    """Nothing of a page in common takes cubic time, hours for this one; the test ends, then, if it passes."""
    first, second = " ".join(["0,00"] * 5000), " ".join(["0.00"] * 4999)
    assert decided(first, second) == (first, "tesseract is surer of it")
