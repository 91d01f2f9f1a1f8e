"""From characters to words and lines, by white space and places alone."""

import random
from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from functions.documents.joining import joined
from functions.documents.lines import lines
from functions.documents.model import Placed
from functions.documents.placing import letters


def typed(text: str, left: float = 0, top: float = 0, step: float = 6) -> Iterator[Placed]:
    """Characters 6 wide and 10 high, each `step` further right."""
    for number, letter in enumerate(text):
        yield Placed(letter, left + number * step, top, left + number * step + 6, top + 10)


def texts(glyphs: Iterable[Placed]) -> list[list[str]]:
    return [[word.text for word in line] for line in lines(glyphs)]


def test_a_word_has_the_place_of_its_letters() -> None:
    ((word,),) = lines(typed("Maß", 10, 20))
    assert word == Placed("Maß", 10, 20, 28, 30, glued=True)


def test_letters_and_their_accents_are_one_character_even_without_a_place() -> None:
    accent = Placed("\u0308", 0, 0, 0, 0)
    assert texts([*typed("u"), accent, *typed("ber", 6)]) == [["über"]]


def test_soft_hyphens_and_ligatures_stay() -> None:
    assert texts(typed("Auf\u00adlage \ufb01n")) == [["Auf\u00adlage", "\ufb01n"]]


def test_a_hyphen_at_the_end_of_a_line_ends_it() -> None:
    assert texts([*typed("Über\x02"), *typed("weisung", top=12)]) == [["Über-"], ["weisung"]]


def test_tabs_part_words_as_blanks_do() -> None:
    assert texts(typed("Netto\t12,50")) == [["Netto", "12,50"]]


def test_controls_vanish_and_halves_of_a_character_become_one() -> None:
    assert texts([*typed("a\x01b \x01"), *typed("\ud835\udc00", 30)]) == [["ab", "\U0001d400"]]


def test_words_from_right_to_left_stay_words_of_one_line() -> None:
    assert texts(typed("שלום עולם", left=600, step=-6)) == [["שלום", "עולם"]]


def test_letters_below_each_other_are_a_word_that_stands() -> None:
    standing = [Placed(letter, 0, 7.0 * number, 10, 7.0 * number + 6) for number, letter in enumerate("RAND")]
    assert texts(standing) == [["RAND"]]


def test_lines_that_lie_aslant_are_not_mixed_up() -> None:
    aslant = [
        tuple(Placed(f"{name}{n}", 40.0 * n, top + 5 * n, 40.0 * n + 37, top + 5 * n + 10) for n in range(8))
        for name, top in (("a", 0), ("b", 12))
    ]
    assert joined(aslant) == tuple(aslant)


def test_what_is_written_over_a_line_is_no_part_of_it() -> None:
    dotted, filled = lines(typed("." * 30)), lines(typed("Köln", 30))
    assert [[word.text for word in line] for line in joined([*dotted, *filled])] == [["." * 30], ["Köln"]]


def test_a_blank_that_is_no_wider_than_nothing_still_parts_words() -> None:
    written = lines([*typed("a\x02"), Placed(" ", 12, 0, 12, 10), *typed("b", 12)])
    assert [[word.text for word in line] for line in joined(written)] == [["a-", "b"]]


characters = st.builds(
    lambda text, left, top, width, height: Placed(text, left, top, left + width, top + height),
    st.sampled_from(["ä", "ß", "a", "u", "\u0308", "-", "\x02", " ", "\n", "\x01", "ם", "\ufb01"]),
    *(st.floats(0, 60), st.floats(0, 30), st.floats(0, 8), st.floats(0, 12)),
)


@given(st.lists(characters, max_size=60))
def test_no_letter_is_lost_and_none_is_doubled(glyphs: list[Placed]) -> None:
    # The mark is a hyphen at the end of a line, and not a control.
    written = letters("".join(glyph.text.replace("\x02", "-") for glyph in glyphs))
    assert letters("".join(word.text for line in joined(lines(glyphs)) for word in line)) == written


@given(st.randoms())
def test_a_line_is_whole_again_in_whatever_order_its_words_were_written(dice: random.Random) -> None:
    words = [Placed(f"w{n}", 30.0 * n, 0, 30.0 * n + 25, 10) for n in range(9)]
    parts = [(word,) for word in words]
    dice.shuffle(parts)
    assert [[word.text for word in line] for line in joined(parts)] == [[f"w{n}" for n in range(9)]]
