"""Real text passes the language check in any language; text from fonts with wrong mappings does not."""

import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.documents.language_check import find_language_problem, is_impossible_word, measure_letter_likeness

#: Article 1 of the Universal Declaration of Human Rights, by language.
LANGUAGES = dict(
    line.split("\t") for line in Path(__file__).with_name("human_rights.txt").read_text(encoding="utf-8").splitlines()
)
BILL = "\n".join(
    f"{n:04d}  Schraube DIN 933 M{n % 9 + 4}x{n % 60}  {n % 7 + 1} Stk  {n / 7:.2f} €  {n / 3:.2f} €" for n in range(40)
)
FIGURES = "\n".join("  ".join(f"{n * m / 7:.2f}" for m in range(1, 9)) for n in range(1, 40))
FORM = "Name: ......................  Vorname: ____________________ ☐ ledig ☐ verheiratet\n" * 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_in_any_language_has_no_problem(language: str) -> None:
    assert find_language_problem(f"{LANGUAGES[language]}\n{LANGUAGES[language]}") == ""


@pytest.mark.parametrize(
    "text", [BILL, FIGURES, FORM, "", "Seite 3", "ABCDEFGH-12345\n" * 30, "MwSt GmbH & Co. KG, USt-Id"]
)
def test_figures_forms_and_short_texts_have_no_problem(text: str) -> None:
    assert find_language_problem(text) == ""


def shift_codes(text: str) -> str:
    """Return the text as if glyph numbers were characters. TrueType fonts often number glyphs 29 below ASCII."""
    return "".join(chr(ord(c) - 29) if ord(c) >= 62 else c for c in text)


def number_glyphs(text: str) -> str:
    """Return the text as if glyph numbers were characters, from a font subset with glyphs in order of appearance."""
    numbers: dict[str, int] = {}
    return "".join(c if c.isspace() else chr(33 + numbers.setdefault(c, len(numbers))) for c in text)


def exchange_letters(text: str) -> str:
    """Return the text with each letter replaced by another one."""
    letters = list(string.ascii_lowercase)
    random.Random(7).shuffle(letters)  # noqa: S311  # the same letters in every run
    return text.lower().translate(str.maketrans(string.ascii_lowercase, "".join(letters)))


def swap_bytes(text: str) -> str:
    """Return the text as UTF-16 that is decoded in the wrong byte order."""
    return text.encode("utf-16-le").decode("utf-16-be", errors="replace")


@pytest.mark.parametrize("corrupt", [shift_codes, number_glyphs, exchange_letters, swap_bytes])
@pytest.mark.parametrize("language", ["German", "English", "French"])
def test_wrong_font_mapping_is_found(language: str, corrupt: Callable[[str], str]) -> None:
    assert find_language_problem(corrupt(f"{LANGUAGES[language]}\n{LANGUAGES['English']}"))


@pytest.mark.parametrize("word", ["b%cht", "Re3hnung€", "xkcdq", "aBcDeF", "f}r", "Ma(en"])
def test_corrupt_word_is_impossible(word: str) -> None:
    assert is_impossible_word(word)


@pytest.mark.parametrize("word", ["Größe", "E-Mail-Adresse", "d'être", "Straße", "McDonald", "HTTP", "rythme", "Öl"])
def test_real_word_is_possible(word: str) -> None:
    assert not is_impossible_word(word)


def test_letter_likeness_depends_on_frequencies_alone() -> None:
    assert measure_letter_likeness(list("entire")) > measure_letter_likeness(list("quizzx"))
    assert measure_letter_likeness(["e"] * 9) == pytest.approx(measure_letter_likeness(["e"]))
