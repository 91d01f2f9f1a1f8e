"""Tests of the comparison: its pieces contain both texts and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from local.evaluation.differences import ChangeKind, TextChange, compare_texts
from tests.unit.evaluation.normalized_text import normalize_text

TEXTS = st.lists(st.sampled_from(["Größe", "Grosse", "der", "die", "5,00", "€", "Maß", "\n"]), max_size=12).map(
    " ".join
)
KINDS_OF_TRUTH = {ChangeKind.SAME, ChangeKind.LOST, ChangeKind.GONE}
KINDS_OF_READING = {ChangeKind.SAME, ChangeKind.ADDED, ChangeKind.MOVED}


@given(TEXTS, TEXTS)
def test_pieces_restore_both_texts(truth: str, read: str) -> None:
    pieces = compare_texts(truth, read)

    for text, marks in ((truth, KINDS_OF_TRUTH), (read, KINDS_OF_READING)):
        assert normalize_text("".join(piece.text for piece in pieces if piece.kind in marks)) == normalize_text(text)


def test_similar_words_are_compared_by_letter() -> None:
    assert compare_texts("Größe A4", "GroBe A4") == [
        TextChange(ChangeKind.SAME, "Gr"),
        TextChange(ChangeKind.LOST, "öß"),
        TextChange(ChangeKind.ADDED, "oB"),
        TextChange(ChangeKind.SAME, "e A4 "),
    ]


def test_different_words_are_compared_as_whole_words() -> None:
    assert compare_texts("am Tor", "am Ufer") == [
        TextChange(ChangeKind.SAME, "am "),
        TextChange(ChangeKind.LOST, "Tor "),
        TextChange(ChangeKind.ADDED, "Ufer "),
    ]


def test_moved_words_differ_from_lost_words() -> None:
    pieces = compare_texts("eins zwei drei vier", "drei vier eins")

    assert {(piece.kind, piece.text) for piece in pieces if piece.kind is not ChangeKind.SAME} == {
        (ChangeKind.GONE, "eins "),
        (ChangeKind.LOST, "zwei "),
        (ChangeKind.MOVED, "eins "),
    }


def test_line_breaks_come_from_the_reading() -> None:
    assert compare_texts("a b c", "a\nb c") == [TextChange(ChangeKind.SAME, "a\nb c ")]
