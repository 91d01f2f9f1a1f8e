"""Tests of error rates, with examples that were counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from local.evaluation.error_classes import ErrorClass
from local.evaluation.metrics import compare_with_truth
from tests.unit.evaluation.normalized_text import normalize_text

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
def test_characters_are_counted_in_normalized_text(truth: str, read: str, edits: int, cer: float) -> None:
    measured = compare_with_truth(truth, read)

    assert (measured.edits, measured.cer) == (edits, cer)


def test_word_errors_depend_on_order_and_recall_does_not() -> None:
    measured = compare_with_truth("eins zwei drei vier", "drei vier eins zwo")

    assert (measured.words, measured.word_edits, measured.words_found) == (4, 4, 3)
    assert (measured.wer, measured.recall) == (1.0, 0.75)


def test_word_read_once_is_found_once() -> None:
    assert compare_with_truth("der der der", "der").words_found == 1


def test_umlauts_are_counted_in_any_order() -> None:
    measured = compare_with_truth("Öl für 5 € aus Köln", "für Ol aus Köln 5 € süß")

    assert (measured.umlauts, measured.umlauts_lost, measured.umlauts_invented) == (4, 1, 2)


def test_truth_in_capitals_ignores_case() -> None:
    truth = "NUDELHAUS AM MARKT, HAUPTSTRASSE 5, 70173 STUTTGART, RECHNUNG"

    assert compare_with_truth(truth, truth.capitalize()).edits == 0
    assert compare_with_truth("RECHNUNG", "Rechnung").edits == 7  # too short: case counts
    assert compare_with_truth(f"{truth} und Dank", truth.lower()).edits > 9


def test_truth_without_words_has_full_recall() -> None:
    assert compare_with_truth(" ", "Fleck").recall == 1.0


@given(TEXTS, TEXTS)
def test_only_equal_texts_have_no_errors(truth: str, read: str) -> None:
    measured = compare_with_truth(truth, read)

    assert (measured.cer == 0) == (normalize_text(truth) == normalize_text(read))
    assert 0 <= measured.cer <= 1
    assert 0 <= measured.recall <= 1


@given(TEXTS, TEXTS)
def test_error_classes_add_up_to_edit_distance(truth: str, read: str) -> None:
    measured = compare_with_truth(truth, read)

    assert (
        sum(measured.classes.values())
        == measured.edits
        == Levenshtein.distance(normalize_text(truth), normalize_text(read))
    )


@pytest.mark.timeout(30)
def test_long_reordered_text_is_measured_in_seconds() -> None:
    words = [f"Wort{number * 7919 % 10007}" for number in range(8000)]
    truth, read = " ".join(words), " ".join(words[4000:] + words[:4000])

    measured = compare_with_truth(truth, read)

    assert len(truth) > 60_000
    assert (measured.recall, set(measured.classes)) == (1.0, {ErrorClass.READING_ORDER})
