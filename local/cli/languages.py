"""Codes of languages, known before anything is uploaded: what is no code would fail at the engine, page by page."""

import re

from iso639 import Lang
from iso639.exceptions import DeprecatedLanguageValue, InvalidLanguageValue

from events.metadata import listed
from local.cli.errors import Impossible

#: A model's own variant follows the code, as in deu_latf.
_SHAPE = re.compile(r"([a-z]{3})(_[a-z]{1,10})?")
#: Left by ISO 639-2 to whoever needs one.
_PRIVATE = re.compile("q[a-t][a-z]")


def check(wish: str) -> None:
    """Of `deu+eng`, in small letters or large. Raises Impossible for what is no language.

    Engines elsewhere may know any language that there is.
    """
    problems = [problem for code in listed("languages", wish) if (problem := _problem(code))]
    if problems:
        raise Impossible(
            f"--languages {wish!r} is not understood: {', '.join(problems)}. Say it by codes of ISO 639-2, as deu or "
            "deu+eng; `pagebus doctor` says which of them the engines here read."
        )


def _problem(code: str) -> str | None:
    """What is wrong with it, for people."""
    shaped = _SHAPE.fullmatch(code.lower())
    if shaped and (_PRIVATE.fullmatch(shaped[1]) or shaped[1] in _codes(shaped[1])):
        return None
    if shaped and shaped[2] and _codes(shaped[1]):
        return None  # Tesseract's chi_sim has the code of librarians
    meant = next((found[0] for name in (code, code.lower(), code.capitalize()) if (found := _codes(name))), None)
    return f"{code!r} is written {meant}" if meant else f"{code!r} is no language's code"


def _codes(name: str) -> list[str]:
    """The codes that this language is asked for by; none where it is no language's name or code."""
    try:
        found = Lang(name)
    except DeprecatedLanguageValue as error:
        return _codes(error.change_to) if error.change_to else []
    except InvalidLanguageValue:
        return []
    return [code for code in (found.pt3, found.pt5) if code]
