"""What is shown is both texts, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from local.evaluation.differences import Mark, Piece, differences
from local.evaluation.text import normal

TEXTS = st.lists(st.sampled_from(["Größe", "Grosse", "der", "die", "5,00", "€", "Maß", "\n"]), max_size=12).map(
    " ".join
)
OF_TRUTH = {Mark.SAME, Mark.LOST, Mark.GONE}
OF_READ = {Mark.SAME, Mark.ADDED, Mark.MOVED}


@given(TEXTS, TEXTS)
def test_either_text_can_be_put_together_again(truth: str, read: str) -> None:
    pieces = differences(truth, read)

    for text, marks in ((truth, OF_TRUTH), (read, OF_READ)):
        assert normal("".join(piece.text for piece in pieces if piece.mark in marks)) == normal(text)


def test_inside_words_that_are_alike_letters_are_marked() -> None:
    assert differences("Größe A4", "GroBe A4") == [
        Piece(Mark.SAME, "Gr"),
        Piece(Mark.LOST, "öß"),
        Piece(Mark.ADDED, "oB"),
        Piece(Mark.SAME, "e A4 "),
    ]


def test_words_that_have_little_in_common_are_marked_as_a_whole() -> None:
    assert differences("am Tor", "am Ufer") == [
        Piece(Mark.SAME, "am "),
        Piece(Mark.LOST, "Tor "),
        Piece(Mark.ADDED, "Ufer "),
    ]


def test_what_was_read_elsewhere_is_told_from_what_was_not_read() -> None:
    pieces = differences("eins zwei drei vier", "drei vier eins")

    assert {(piece.mark, piece.text) for piece in pieces if piece.mark is not Mark.SAME} == {
        (Mark.GONE, "eins "),
        (Mark.LOST, "zwei "),
        (Mark.MOVED, "eins "),
    }


def test_lines_are_those_of_what_was_read() -> None:
    assert differences("a b c", "a\nb c") == [Piece(Mark.SAME, "a\nb c ")]
