"""Words and lines are built from characters by white space and positions alone."""

import random
from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from functions.documents.line_parts import merge_line_parts
from functions.documents.lines import build_lines
from functions.documents.model import PositionedText
from functions.documents.text_positions import count_characters


def type_text(text: str, left: float = 0, top: float = 0, step: float = 6) -> Iterator[PositionedText]:
    """Yield characters that are 6 wide and 10 high, each `step` further right."""
    for number, letter in enumerate(text):
        yield PositionedText(letter, left + number * step, top, left + number * step + 6, top + 10)


def build_texts(glyphs: Iterable[PositionedText]) -> list[list[str]]:
    return [[word.text for word in line] for line in build_lines(glyphs)]


def test_word_encloses_its_letters() -> None:
    ((word,),) = build_lines(type_text("Maß", 10, 20))
    assert word == PositionedText("Maß", 10, 20, 28, 30, no_space_before=True)


def test_accent_without_position_joins_its_letter() -> None:
    accent = PositionedText("\u0308", 0, 0, 0, 0)
    assert build_texts([*type_text("u"), accent, *type_text("ber", 6)]) == [["über"]]


def test_soft_hyphens_and_ligatures_are_kept() -> None:
    assert build_texts(type_text("Auf\u00adlage \ufb01n")) == [["Auf\u00adlage", "\ufb01n"]]


def test_hyphen_mark_ends_the_line() -> None:
    assert build_texts([*type_text("Über\x02"), *type_text("weisung", top=12)]) == [["Über-"], ["weisung"]]


def test_tab_separates_words() -> None:
    assert build_texts(type_text("Netto\t12,50")) == [["Netto", "12,50"]]


def test_control_characters_are_removed_and_surrogates_joined() -> None:
    assert build_texts([*type_text("a\x01b \x01"), *type_text("\ud835\udc00", 30)]) == [["ab", "\U0001d400"]]


def test_right_to_left_words_form_one_line() -> None:
    assert build_texts(type_text("שלום עולם", left=600, step=-6)) == [["שלום", "עולם"]]


def test_vertical_letters_form_one_word() -> None:
    vertical = [PositionedText(letter, 0, 7.0 * number, 10, 7.0 * number + 6) for number, letter in enumerate("RAND")]
    assert build_texts(vertical) == [["RAND"]]


def test_slanted_lines_stay_separate() -> None:
    slanted = [
        tuple(PositionedText(f"{name}{n}", 40.0 * n, top + 5 * n, 40.0 * n + 37, top + 5 * n + 10) for n in range(8))
        for name, top in (("a", 0), ("b", 12))
    ]
    assert merge_line_parts(slanted) == tuple(slanted)


def test_text_over_a_line_stays_separate() -> None:
    dotted, value = build_lines(type_text("." * 30)), build_lines(type_text("Köln", 30))
    assert [[word.text for word in line] for line in merge_line_parts([*dotted, *value])] == [["." * 30], ["Köln"]]


def test_space_without_width_separates_words() -> None:
    lines = build_lines([*type_text("a\x02"), PositionedText(" ", 12, 0, 12, 10), *type_text("b", 12)])
    assert [[word.text for word in line] for line in merge_line_parts(lines)] == [["a-", "b"]]


characters = st.builds(
    lambda text, left, top, width, height: PositionedText(text, left, top, left + width, top + height),
    st.sampled_from(["ä", "ß", "a", "u", "\u0308", "-", "\x02", " ", "\n", "\x01", "ם", "\ufb01"]),
    *(st.floats(0, 60), st.floats(0, 30), st.floats(0, 8), st.floats(0, 12)),
)


@given(st.lists(characters, max_size=60))
def test_no_letter_is_lost_or_repeated(glyphs: list[PositionedText]) -> None:
    # \x02 is pdfium's mark for a hyphen at the end of a line, not a control character.
    letters = count_characters("".join(glyph.text.replace("\x02", "-") for glyph in glyphs))
    lines = merge_line_parts(build_lines(glyphs))
    assert count_characters("".join(word.text for line in lines for word in line)) == letters


@given(st.randoms())
def test_words_in_any_order_form_one_line(dice: random.Random) -> None:
    words = [PositionedText(f"w{n}", 30.0 * n, 0, 30.0 * n + 25, 10) for n in range(9)]
    parts = [(word,) for word in words]
    dice.shuffle(parts)
    assert [[word.text for word in line] for line in merge_line_parts(parts)] == [[f"w{n}" for n in range(9)]]
