"""A lexicon of German and English word forms. The first lookup loads it: one second, twenty megabytes."""

from collections.abc import Sequence
from importlib.metadata import version

from functions.engine.consensus.word_variants import IsKnownWord

#: ISO 639-2 codes, as in our events, to the codes of simplemma.
_SIMPLEMMA_CODES = {"deu": "de", "eng": "en"}


def build_word_check(languages: Sequence[str]) -> IsKnownWord:
    """Return a function that tests whether one of these languages has a word. It ignores case."""
    codes = tuple(_SIMPLEMMA_CODES[language] for language in languages if language in _SIMPLEMMA_CODES)

    def is_known_word(word: str) -> bool:
        from simplemma import is_known  # noqa: PLC0415  # most pages need no consensus, and no lexicon

        return bool(codes) and is_known(word, codes, low_memory=True)

    return is_known_word


def get_lexicon_version() -> str:
    """Return name and version of the lexicon. Another release knows other words, so a vote may end differently."""
    return f"simplemma{version('simplemma')}"
