"""Vote on the text of one aligned pair of words or groups of words."""

from dataclasses import dataclass

from functions.engine.consensus.alignment import AlignedPair
from functions.engine.consensus.tokenization import TokenizedReading
from functions.engine.consensus.word_variants import IsKnownWord, choose_variant


@dataclass(frozen=True)
class Vote:
    """The result of a vote: the chosen text, and the reason, which is empty if both engines agree."""

    pair: AlignedPair
    taken: str
    why: str = ""


def vote_on_pair(
    pair: AlignedPair,
    primary: TokenizedReading,
    secondary: TokenizedReading,
    is_known_word: IsKnownWord,
    *,
    is_german: bool,
) -> Vote:
    """Return the vote for the text of the primary engine, the text of the secondary engine, or no text."""
    text, other_text = primary.join_text(pair.first), secondary.join_text(pair.second)
    if text == other_text:
        return Vote(pair, text)
    if not other_text:
        return Vote(pair, text, f"only {primary.engine} read it, and is more confident of the page")
    if not text:
        return _vote_on_unmatched(pair, primary, secondary)
    if variant := choose_variant(text, other_text, is_known_word, is_german=is_german):
        return Vote(pair, *variant)
    if secondary.average_confidence(pair.second) > primary.average_confidence(pair.first):
        return Vote(pair, other_text, f"{secondary.engine} is more confident of it")
    return Vote(pair, text, f"{primary.engine} is more confident of it")


def _vote_on_unmatched(pair: AlignedPair, primary: TokenizedReading, secondary: TokenizedReading) -> Vote:
    why = f"only {secondary.engine} read it"
    if _should_insert(pair, primary, secondary):
        return Vote(pair, secondary.join_text(pair.second), f"{why}, with high confidence")
    return Vote(pair, "", why)


def _should_insert(pair: AlignedPair, primary: TokenizedReading, secondary: TokenizedReading) -> bool:
    """Return whether words that only the secondary engine read become part of the result.

    They must have positions, and a letter or digit: dots and bars alone are more often dirt and ruling lines than text.
    """
    tokens = secondary.select_tokens(pair.second)
    has_position = primary.can_insert_words and all(token.word for token in tokens)
    is_text = any(map(str.isalnum, secondary.join_text(pair.second)))
    return has_position and is_text and secondary.average_confidence(pair.second) >= primary.confidence
