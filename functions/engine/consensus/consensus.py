"""Two engines' readings of one page, made into one: word by word, the likelier of both.

What they agree on stands. Of variants the one stands that looks like a word of the language, else that of the engine
which is surer of it. The surer reading gives the lines, and what only it has stays; what only the other has comes in
where it is as sure of the word as the surer one is of the page. Nothing stands that neither read. Lines are then put
in reading order as any engine's are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from functions.engine.consensus.adjudication import Known
from functions.engine.consensus.level import Level
from functions.engine.consensus.lexicon import named
from functions.engine.consensus.pairing import Pair, paired
from functions.engine.consensus.tokens import Token, around, tokens
from functions.engine.consensus.voting import Side, Vote, vote
from functions.engine.consensus.weaving import rewritten, woven
from functions.engine.layout.arranging import arrange
from functions.runtime.reading import Disagreement, Line, Reading, Word

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
    made = _Made(surer, level.lines_of(surer)).voted(told, mine, its, level)
    found = sorted(_disagreements(told, mine, its, made.lines), key=lambda one: (one.line is None, one.line or 0))
    read_by = [(one.engine, one.engine_version) for one in (surer, other)]
    update: dict[str, Any] = {
        "engine": CONSENSUS,
        "engine_version": consensus_version(*read_by),
        "made_of": dict(sorted(read_by)),
        "signals": {"words": float(len(votes)), "disagreements": float(len(told))},
        "disagreements": tuple(level.disagreement(one) for one in found[:_MOST]),
    }
    return made.reading.model_copy(update=update)


def _side(reading: Reading, level: Level) -> Side:
    placed = reading.model_copy(update={"lines": level.lines_of(reading)})
    return Side(reading.engine, reading.confidence, tokens(placed))


@dataclass(frozen=True)
class _Made:
    """The surer reading with what was taken from the other; its lines as they lie on the level page."""

    reading: Reading
    lines: Sequence[Line]

    def voted(self, votes: Sequence[Vote], mine: Side, its: Side, level: Level) -> "_Made":
        changed = [one for one in votes if one.taken != mine.said(one.pair.first)]
        replaced = {
            number: tokens for one in changed for number, tokens in _replaced(one.pair, mine.tokens, its.tokens)
        }
        added = [its.tokens[number] for one in changed if not one.pair.first for number in one.pair.second]
        if not changed:
            return self
        if not self.lines:
            return replace(self, reading=_plain(self.reading, rewritten(mine.tokens, replaced)))
        lines = woven(self.lines, mine.tokens, replaced, [token for token in added if token.word])
        arranged = arrange(lines, width=level.width, height=level.height)
        update = {
            "text": arranged.text,
            "lines": level.lines(arranged.lines),
            "blocks": level.blocks(arranged.blocks),
            "markdown": None,
        }
        return _Made(self.reading.model_copy(update=update), arranged.lines)


def _plain(reading: Reading, text: str) -> Reading:
    """What an engine made of the text besides says the old words."""
    return reading.model_copy(update={"text": text, "blocks": (), "markdown": None})


def _replaced(pair: Pair, mine: Sequence[Token], its: Sequence[Token]) -> Iterator[tuple[int, Sequence[Token]]]:
    """The other's words for the first of the pair, nothing for the rest."""
    if not pair.first:
        return
    old, new = [mine[number] for number in pair.first], [its[number] for number in pair.second]
    stood = [token.word for token in old if token.word]
    if stood and not all(token.word for token in new):
        # Words without places would cost the whole line its words.
        text, sure = " ".join(token.text for token in new), min(token.confidence for token in new)
        new = [replace(new[0], text=text, word=Word(text=text, box=around(stood), confidence=sure))]
    yield pair.first[0], new
    yield from ((number, ()) for number in pair.first[1:])


def _disagreements(votes: Sequence[Vote], mine: Side, its: Side, lines: Sequence[Line]) -> Iterator[Disagreement]:
    """On the level page."""
    for one in votes:
        words = [token.word for token in _tokens(one.pair, mine, its) if token.word]
        box = around(words) if words else None
        yield Disagreement(
            read={mine.engine: mine.said(one.pair.first), its.engine: its.said(one.pair.second)},
            taken=one.taken,
            why=one.why,
            line=_line_around(words, lines),
            box=box,
        )


def _tokens(pair: Pair, mine: Side, its: Side) -> list[Token]:
    return [mine.tokens[n] for n in pair.first] or [its.tokens[n] for n in pair.second]


def _line_around(words: Sequence[Word], lines: Sequence[Line]) -> int | None:
    if not words:
        return None
    left, top, right, bottom = around(words)
    across, down = (left + right) / 2, (top + bottom) / 2
    boxes = (line.box for line in lines)
    return next((n for n, box in enumerate(boxes) if box[0] <= across <= box[2] and box[1] <= down <= box[3]), None)
