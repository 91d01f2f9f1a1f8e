"""The installed lexicon: it distinguishes German words from misreadings, and is loaded for the first lookup."""

import subprocess
import sys

import pytest

from functions.engine.consensus.lexicon import build_word_check


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Gebühr", "Gebuhr"),
        ("Geschäftsführer", "Geschaftsfuhrer"),
        ("Rückzahlung", "Ruckzahlung"),
        ("Grundstücks", "Grundstucks"),
        ("öffentlich", "offentlich"),
        ("für", "fiir"),
        ("wohlhabenden", "wohlhabeuden"),
    ],
)
def test_german_word_forms_are_known_and_misreadings_are_not(right: str, wrong: str) -> None:
    is_known_word = build_word_check(("deu",))

    assert (is_known_word(right), is_known_word(wrong)) == (True, False)


def test_only_languages_of_the_page_are_searched() -> None:
    assert [
        build_word_check(languages)("withdrawn") for languages in (("eng",), ("deu", "eng"), ("deu",), ("ces",), ())
    ] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_lexicon_is_not_loaded_with_an_engine() -> None:
    code = "import sys, functions.tesseract.main; print('simplemma' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"
