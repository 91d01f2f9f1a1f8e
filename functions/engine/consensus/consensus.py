"""Two engines' readings of one page, made into one: word by word, the likelier of both.

What they agree on stands. Of variants the one stands that looks like a word of the language, else that of the engine
which is surer of it. The surer reading gives the lines, and what only it has stays; what only the other has comes in
where it is as sure of the word as the surer one is of the page. Nothing stands that neither read. Lines are then put
in reading order as any engine's are.
"""

from collections.abc import Sequence
from typing import Any

from functions.engine.consensus.adjudication import Known
from functions.engine.consensus.level import Level
from functions.engine.consensus.lexicon import named
from functions.engine.consensus.listing import listed
from functions.engine.consensus.pairing import paired
from functions.engine.consensus.tokens import tokens
from functions.engine.consensus.voting import Side, Vote, vote
from functions.engine.consensus.weaving import rewritten, woven
from functions.reading.layout.arranging import arrange
from functions.reading.reading import Line, Reading

#: The engine of a reading that is made of two.
CONSENSUS = "consensus"
#: Another number whenever the same two readings would become another one.
_RULES = "1"
#: So many disagreements are listed; `signals` count all.
_MOST = 200


def consensus_version(*read_by: tuple[str, str]) -> str:
    """Of engines and their versions, in any order: what is made of them is the same."""
    return "-".join((_RULES, named(), *(f"{engine}-{version}" for engine, version in sorted(read_by))))


def consensus(earlier: Reading, later: Reading, known: Known) -> Reading:
    """Vote on every word of two readings of the same page. Of two that are as sure, the later one is the surer."""
    surer, other = (earlier, later) if earlier.confidence > later.confidence else (later, earlier)
    level = Level(surer)
    mine, its = _side(surer, level), _side(other, level)
    german = "deu" in surer.languages
    votes = [vote(pair, mine, its, known, german=german) for pair in paired(mine.tokens, its.tokens)]
    told = [one for one in votes if one.why]
    changes, lines = _changes(surer, level, mine, its, told)
    read_by = [(one.engine, one.engine_version) for one in (surer, other)]
    update: dict[str, Any] = {
        **changes,
        "engine": CONSENSUS,
        "engine_version": consensus_version(*read_by),
        "made_of": dict(sorted(read_by)),
        "signals": {"words": float(len(votes)), "disagreements": float(len(told))},
        "disagreements": tuple(level.disagreement(one) for one in listed(told, mine, its, lines)[:_MOST]),
    }
    return surer.model_copy(update=update)


def _side(reading: Reading, level: Level) -> Side:
    placed = reading.model_copy(update={"lines": level.lines_of(reading)})
    return Side(reading.engine, reading.confidence, tokens(placed))


def _changes(
    surer: Reading, level: Level, mine: Side, its: Side, votes: Sequence[Vote]
) -> tuple[dict[str, Any], Sequence[Line]]:
    """What becomes of the surer reading, and its lines as they then lie on the level page."""
    lines = level.lines_of(surer)
    if all(one.taken == mine.said(one.pair.first) for one in votes):
        return {}, lines
    # What its engine made of the text besides says the old words.
    made: dict[str, Any] = {"markdown": None, "blocks": ()}
    if mine.tokens and not lines:
        return {**made, "text": rewritten(mine, its, votes)}, lines
    arranged = arrange(woven(lines, mine, its, votes), width=level.width, height=level.height)
    made |= {"blocks": level.blocks(arranged.blocks), "lines": level.lines(arranged.lines)}
    return {**made, "text": arranged.text}, arranged.lines
