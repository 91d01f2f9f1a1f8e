"""The lexicon as it is installed: it tells German from what engines make of it, and costs nothing until it is asked."""

import subprocess
import sys

import pytest

from functions.engine.consensus.lexicon import lexicon


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
def test_german_words_and_their_forms_are_known_and_what_engines_make_of_them_is_not(right: str, wrong: str) -> None:
    known = lexicon(("deu",))

    assert (known(right), known(wrong)) == (True, False)


def test_words_are_known_in_the_languages_of_the_page_alone() -> None:
    assert [lexicon(languages)("withdrawn") for languages in (("eng",), ("deu", "eng"), ("deu",), ("ces",), ())] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_an_engine_that_makes_no_consensus_loads_no_words() -> None:
    code = "import sys, functions.tesseract.main; print('simplemma' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"
