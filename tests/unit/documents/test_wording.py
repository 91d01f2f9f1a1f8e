"""Text is told from rubbish by its letters and words, in any language, and figures are not held against it."""

import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.documents.wording import doubt, is_none, likeness

#: The Universal Declaration of Human Rights, article 1.
LANGUAGES = dict(
    line.split("\t") for line in Path(__file__).with_name("human_rights.txt").read_text(encoding="utf-8").splitlines()
)
BILL = "\n".join(
    f"{n:04d}  Schraube DIN 933 M{n % 9 + 4}x{n % 60}  {n % 7 + 1} Stk  {n / 7:.2f} €  {n / 3:.2f} €" for n in range(40)
)
FIGURES = "\n".join("  ".join(f"{n * m / 7:.2f}" for m in range(1, 9)) for n in range(1, 40))
FORM = "Name: ......................  Vorname: ____________________ ☐ ledig ☐ verheiratet\n" * 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_one(language: str) -> None:
    assert doubt(f"{LANGUAGES[language]}\n{LANGUAGES[language]}") == ""


@pytest.mark.parametrize(
    "text", [BILL, FIGURES, FORM, "", "Seite 3", "ABCDEFGH-12345\n" * 30, "MwSt GmbH & Co. KG, USt-Id"]
)
def test_figures_forms_and_what_is_too_short_are_no_rubbish(text: str) -> None:
    assert doubt(text) == ""


def shifted(text: str) -> str:
    """As from a font whose glyphs are numbered as those of TrueType often are, taken for characters: 29 too low."""
    return "".join(chr(ord(c) - 29) if ord(c) >= 62 else c for c in text)


def in_order(text: str) -> str:
    """As from a subset that numbers its glyphs as they come."""
    numbers: dict[str, int] = {}
    return "".join(c if c.isspace() else chr(33 + numbers.setdefault(c, len(numbers))) for c in text)


def exchanged(text: str) -> str:
    """Each letter for another."""
    letters = list(string.ascii_lowercase)
    random.Random(7).shuffle(letters)  # noqa: S311  # no secret
    return text.lower().translate(str.maketrans(string.ascii_lowercase, "".join(letters)))


def swapped(text: str) -> str:
    """UTF-16 read with its bytes the wrong way round."""
    return text.encode("utf-16-le").decode("utf-16-be", errors="replace")


@pytest.mark.parametrize("wrong", [shifted, in_order, exchanged, swapped])
@pytest.mark.parametrize("language", ["German", "English", "French"])
def test_a_font_that_lies_is_found_out(language: str, wrong: Callable[[str], str]) -> None:
    assert doubt(wrong(f"{LANGUAGES[language]}\n{LANGUAGES['English']}"))


@pytest.mark.parametrize("word", ["b%cht", "Re3hnung€", "xkcdq", "aBcDeF", "f}r", "Ma(en"])
def test_what_no_language_writes_is_no_word(word: str) -> None:
    assert is_none(word)


@pytest.mark.parametrize("word", ["Größe", "E-Mail-Adresse", "d'être", "Straße", "McDonald", "HTTP", "rythme", "Öl"])
def test_what_languages_write_is_a_word(word: str) -> None:
    assert not is_none(word)


def test_letters_are_as_alike_as_their_frequencies() -> None:
    assert likeness(list("entire")) > likeness(list("quizzx"))
    assert likeness(["e"] * 9) == pytest.approx(likeness(["e"]))
