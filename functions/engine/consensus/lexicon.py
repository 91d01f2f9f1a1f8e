"""A lexicon of German and English word forms. The first lookup loads it, which takes one second and 20 MB."""

from collections.abc import Sequence
from importlib.metadata import version

from functions.engine.consensus.word_variants import IsKnownWord

#: The language codes of simplemma by ISO 639-2 code.
_SIMPLEMMA_CODES = {"deu": "de", "eng": "en"}


def build_word_check(languages: Sequence[str]) -> IsKnownWord:
    """Return a function that tests, without regard to case, whether a word belongs to one of these languages."""
    codes = tuple(_SIMPLEMMA_CODES[language] for language in languages if language in _SIMPLEMMA_CODES)

    def is_known_word(word: str) -> bool:
        from simplemma import is_known  # noqa: PLC0415  # most pages need no lexicon

        return bool(codes) and is_known(word, codes, low_memory=True)

    return is_known_word


def get_lexicon_version() -> str:
    """Return the name and version of the lexicon. The version of a consensus contains them, as votes depend on them."""
    return f"simplemma{version('simplemma')}"
