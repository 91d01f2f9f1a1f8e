"""The words of German and English, loaded for the first word that is asked for: a second, and twenty megabytes."""

from collections.abc import Sequence
from importlib.metadata import version

from functions.engine.consensus.adjudication import Known

#: Names of ours, and of simplemma's.
_LANGUAGES = {"deu": "de", "eng": "en"}


def lexicon(languages: Sequence[str]) -> Known:
    """Whether a word is one of these languages, small letters and capitals taken for the same."""
    codes = tuple(_LANGUAGES[language] for language in languages if language in _LANGUAGES)

    def known(word: str) -> bool:
        from simplemma import is_known  # noqa: PLC0415  # most pages are read by one engine

        return bool(codes) and is_known(word, codes, low_memory=True)

    return known


def named() -> str:
    """What decides: another release knows other words."""
    return f"simplemma{version('simplemma')}"
