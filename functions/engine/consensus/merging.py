"""Merge two engines' readings of one page: align their words, vote on each, and put the lines into reading order.

The primary reading has the higher confidence. The result has the lines and the unmatched words of the primary reading.
If the two engines read different variants of a word, the vote chooses the variant that has the form of a word. If the
form does not decide, the engine that is more confident of the word decides. An unmatched word of the secondary reading
is inserted if its confidence is at least the confidence of the primary reading in the page. Every word of the result
comes from one of the two readings.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from functions.engine.consensus.alignment import align_tokens
from functions.engine.consensus.deskewing import DeskewedPage
from functions.engine.consensus.lexicon import get_lexicon_version
from functions.engine.consensus.line_merging import find_line, merge_lines, merge_text
from functions.engine.consensus.tokenization import TokenizedReading, tokenize_lines, tokenize_text
from functions.engine.consensus.voting import Vote, vote_on_pair
from functions.engine.consensus.word_variants import IsKnownWord
from functions.reading.boxes import enclose_boxes
from functions.reading.layout.analysis import analyze_layout
from functions.reading.reading import Disagreement, Line, Reading

#: The engine name of a merged reading.
CONSENSUS = "consensus"
#: The version of the rules. Change it whenever the result for the same two readings changes.
_RULES_VERSION = "1"
#: A merged reading lists at most this many disagreements. Its signals count all of them.
_MAX_LISTED_DISAGREEMENTS = 200


def build_consensus_version(*engines: tuple[str, str]) -> str:
    """Return the version of a merged reading. `engines` are pairs of name and version in any order."""
    return "-".join(
        (_RULES_VERSION, get_lexicon_version(), *(f"{engine}-{version}" for engine, version in sorted(engines)))
    )


def merge_readings(earlier: Reading, later: Reading, is_known_word: IsKnownWord) -> Reading:
    """Return one reading made of two readings of the same page. With equal confidence, the later one is primary."""
    primary_reading, secondary_reading = (earlier, later) if earlier.confidence > later.confidence else (later, earlier)
    page = DeskewedPage(primary_reading)
    primary, secondary = _tokenize(primary_reading, page), _tokenize(secondary_reading, page)
    is_german = "deu" in primary_reading.languages
    votes = [
        vote_on_pair(pair, primary, secondary, is_known_word, is_german=is_german)
        for pair in align_tokens(primary.tokens, secondary.tokens)
    ]
    disagreeing_votes = [vote for vote in votes if vote.why]
    changes, lines = _apply_votes(primary_reading, page, primary, secondary, disagreeing_votes)
    disagreements = _list_disagreements(disagreeing_votes, primary, secondary, lines)[:_MAX_LISTED_DISAGREEMENTS]
    engines = [(reading.engine, reading.engine_version) for reading in (primary_reading, secondary_reading)]
    update: dict[str, Any] = {
        **changes,
        "engine": CONSENSUS,
        "engine_version": build_consensus_version(*engines),
        "made_of": dict(sorted(engines)),
        "signals": {"words": float(len(votes)), "disagreements": float(len(disagreeing_votes))},
        "disagreements": tuple(page.restore_disagreement(disagreement) for disagreement in disagreements),
    }
    return primary_reading.model_copy(update=update)


def _tokenize(reading: Reading, page: DeskewedPage) -> TokenizedReading:
    tokens = (
        tokenize_lines(page.map_lines(reading), reading.confidence)
        if reading.lines
        else tokenize_text(reading.text, reading.confidence)
    )
    return TokenizedReading(reading.engine, reading.confidence, tokens)


def _apply_votes(
    primary_reading: Reading,
    page: DeskewedPage,
    primary: TokenizedReading,
    secondary: TokenizedReading,
    votes: Sequence[Vote],
) -> tuple[dict[str, Any], Sequence[Line]]:
    """Return the fields of the primary reading that the votes change, and the lines after the votes.

    The fields have coordinates of the rendered page, and the lines those of the deskewed page. `votes` are those on
    words that the engines read differently.
    """
    lines = page.map_lines(primary_reading)
    if all(vote.taken == primary.join_text(vote.pair.first) for vote in votes):
        return {}, lines
    # The engine's Markdown and blocks contain the old words.
    changes: dict[str, Any] = {"markdown": None, "blocks": ()}
    if primary.tokens and not lines:
        return {**changes, "text": merge_text(primary, secondary, votes)}, lines
    layout = analyze_layout(merge_lines(lines, primary, secondary, votes), width=page.width, height=page.height)
    changes |= {"blocks": page.restore_blocks(layout.blocks), "lines": page.restore_lines(layout.lines)}
    return {**changes, "text": layout.text}, layout.lines


def _list_disagreements(
    votes: Sequence[Vote], primary: TokenizedReading, secondary: TokenizedReading, lines: Sequence[Line]
) -> list[Disagreement]:
    """Return the disagreements in the order of their lines. Disagreements outside of all lines come last."""
    disagreements = _to_disagreements(votes, primary, secondary, lines)
    return sorted(disagreements, key=lambda item: len(lines) if item.line is None else item.line)


def _to_disagreements(
    votes: Sequence[Vote], primary: TokenizedReading, secondary: TokenizedReading, lines: Sequence[Line]
) -> Iterator[Disagreement]:
    for vote in votes:
        tokens = primary.select_tokens(vote.pair.first) or secondary.select_tokens(vote.pair.second)
        boxes = [token.word.box for token in tokens if token.word]
        box = enclose_boxes(boxes) if boxes else None
        yield Disagreement(
            read={
                primary.engine: primary.join_text(vote.pair.first),
                secondary.engine: secondary.join_text(vote.pair.second),
            },
            taken=vote.taken,
            why=vote.why,
            line=find_line(box, lines) if box else None,
            box=box,
        )
