"""A check of language codes before an upload, because an engine would reject an unknown code for every page."""

import re

from iso639 import Lang
from iso639.exceptions import DeprecatedLanguageValue, InvalidLanguageValue

from events.metadata import split_list
from local.cli.shell.errors import UsageError

#: A three-letter code, optionally followed by the variant of a model, as in deu_latf.
_CODE = re.compile(r"([a-z]{3})(_[a-z]{1,10})?")
#: The codes that ISO 639-2 reserves for local use.
_LOCAL_USE = re.compile("q[a-t][a-z]")


def check_languages(option: str) -> None:
    """Raise UsageError if a code in a list such as `deu+eng` is not a code of ISO 639-2 or ISO 639-3. Ignore case.

    Accept languages that no engine here can read, because engines on other clusters may read them.
    """
    problems = [problem for code in split_list("languages", option) if (problem := _describe_problem(code))]
    if problems:
        raise UsageError(
            f"--languages {option!r} is invalid: {', '.join(problems)}. Use codes of ISO 639-2, such as deu or "
            "deu+eng; `pagebus doctor` lists the codes that the engines here can read."
        )


def _describe_problem(code: str) -> str | None:
    """Return why `code` is not a valid language code, or None if it is valid."""
    match = _CODE.fullmatch(code.lower())
    if match and (_LOCAL_USE.fullmatch(match[1]) or match[1] in _find_codes(match[1])):
        return None
    if match and match[2] and _find_codes(match[1]):
        # Before a variant, all codes are valid: Tesseract's chi_sim has the bibliographic code chi, and not zho.
        return None
    spellings = (code, code.lower(), code.capitalize())
    correct_code = next((codes[0] for name in spellings if (codes := _find_codes(name))), None)
    return f"{code!r} is written {correct_code}" if correct_code else f"{code!r} is not the code of a language"


def _find_codes(name: str) -> list[str]:
    """Return the ISO 639-2 and ISO 639-3 codes of the language with this name or code, or an empty list."""
    try:
        language = Lang(name)
    except DeprecatedLanguageValue as error:
        return _find_codes(error.change_to) if error.change_to else []
    except InvalidLanguageValue:
        return []
    return [code for code in (language.pt3, language.pt5) if code]
