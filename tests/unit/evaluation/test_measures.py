"""Error rates against examples counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from local.evaluation.classes import ErrorClass
from local.evaluation.measures import measure
from local.evaluation.text import normal

TEXTS = st.text(st.sampled_from("aäeosßuü BS1.\n"), max_size=40)


@pytest.mark.parametrize(
    ("truth", "read", "edits", "cer"),
    [
        ("Größe", "Größe", 0, 0.0),
        ("Größe", "Grosse", 3, 0.6),  # ö, ß, and one s more
        ("Größe", "Gro\N{COMBINING DIAERESIS}ße", 0, 0.0),  # composed or not, NFC is the same
        ("a  b\n\nc\td", " a b c d ", 0, 0.0),
        ("abcd", "", 4, 1.0),
        ("ab", "abcdefgh", 6, 1.0),  # at most 1
        ("", "ab", 2, 1.0),
        ("", "\n", 0, 0.0),
    ],
)
def test_characters_are_counted_in_nfc_with_white_space_collapsed(
    truth: str, read: str, edits: int, cer: float
) -> None:
    measured = measure(truth, read)

    assert (measured.edits, measured.cer) == (edits, cer)


def test_words_are_counted_in_order_and_found_in_any() -> None:
    measured = measure("eins zwei drei vier", "drei vier eins zwo")

    assert (measured.words, measured.word_edits, measured.found) == (4, 4, 3)
    assert (measured.wer, measured.recall) == (1.0, 0.75)


def test_a_word_that_was_read_once_is_found_once() -> None:
    assert measure("der der der", "der").found == 1


def test_umlauts_are_counted_wherever_they_stand() -> None:
    measured = measure("Öl für 5 € aus Köln", "für Ol aus Köln 5 € süß")

    assert (measured.umlauts, measured.umlauts_lost, measured.umlauts_invented) == (4, 1, 2)


def test_a_truth_all_in_capitals_says_nothing_about_case() -> None:
    truth = "NUDELHAUS AM MARKT, HAUPTSTRASSE 5, 70173 STUTTGART, RECHNUNG"

    assert measure(truth, truth.capitalize()).edits == 0
    assert measure("RECHNUNG", "Rechnung").edits == 7  # too short to tell
    assert measure(f"{truth} und Dank", truth.lower()).edits > 9


def test_a_truth_without_words_is_found_whatever_was_read() -> None:
    assert measure(" ", "Fleck").recall == 1.0


@given(TEXTS, TEXTS)
def test_only_what_is_the_same_has_no_errors(truth: str, read: str) -> None:
    measured = measure(truth, read)

    assert (measured.cer == 0) == (normal(truth) == normal(read))
    assert 0 <= measured.cer <= 1
    assert 0 <= measured.recall <= 1


@given(TEXTS, TEXTS)
def test_the_classes_sum_up_to_the_distance_of_the_texts(truth: str, read: str) -> None:
    measured = measure(truth, read)

    assert sum(measured.classes.values()) == measured.edits == Levenshtein.distance(normal(truth), normal(read))


@pytest.mark.timeout(30)
def test_a_long_text_in_another_order_is_measured_in_seconds() -> None:
    words = [f"Wort{number * 7919 % 10007}" for number in range(8000)]
    truth, read = " ".join(words), " ".join(words[4000:] + words[:4000])

    measured = measure(truth, read)

    assert len(truth) > 60_000
    assert (measured.recall, set(measured.classes)) == (1.0, {ErrorClass.READING_ORDER})
