"""Two engines' readings of one page, made into one: word by word, the likelier of both.

What they agree on stands. Of variants that differ in umlauts and ß alone, the one that a lexicon has stands; of others
that of the surer engine. The surer reading gives the order and the lines, and what only it has stays; what only the
other has comes in where it is as sure of the word as the surer one is of the page. Nothing stands that neither read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from functions.engine.routing.adjudication import Known, german
from functions.engine.routing.pairing import Pair, paired, scaled
from functions.engine.routing.tokens import Token, around, tokens
from functions.engine.routing.weaving import Piece, woven
from functions.runtime.reading import Box, Line, Reading, Word


@dataclass(frozen=True)
class Disagreement:
    """What each reading said, as they were given, and what was chosen; nothing where a word was not read or left out.

    `start` is where `chosen` begins in the consensus' text, and `box` is its place on the surer reading's page.
    """

    start: int
    first: str
    second: str
    chosen: str
    why: str
    box: Box | None = None


@dataclass(frozen=True)
class Consensus:
    """`lines` are the surer reading's with the words chosen; none where its lines do not say what its text says."""

    text: str
    lines: tuple[Line, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True)
class _Side:
    reading: Reading
    tokens: Sequence[Token]

    def said(self, numbers: Sequence[int]) -> str:
        return " ".join(self.tokens[number].text for number in numbers)

    @property
    def engine(self) -> str:
        return self.reading.engine

    def words(self, numbers: Sequence[int], scale: tuple[float, float] = (1.0, 1.0)) -> tuple[Word, ...]:
        """With their places on a page that is so much larger; none unless all have places."""
        found = [word for number in numbers if (word := self.tokens[number].word)]
        return tuple(scaled(word, scale) for word in found) if len(found) == len(numbers) else ()

    def sure(self, numbers: Sequence[int]) -> float:
        return fmean(self.tokens[number].confidence for number in numbers)


def consensus(first: Reading, second: Reading, known: Known) -> Consensus:
    """Vote on every word of two readings of the same page."""
    swapped = second.confidence > first.confidence
    surer, other = (_Side(one, tokens(one)) for one in ((second, first) if swapped else (first, second)))
    scale = surer.reading.width / other.reading.width, surer.reading.height / other.reading.height
    votes = [_vote(pair, surer, other, known) for pair in paired(surer.tokens, other.tokens, scale)]
    pieces = [_piece(vote, surer, other, scale) for vote in votes]
    result = woven(surer.reading, surer.tokens, other.tokens, pieces)
    found = [
        _disagreement(vote, start, (surer, other), scale, swapped=swapped)
        for vote, start in zip(votes, result.starts, strict=True)
        if vote.why
    ]
    return Consensus(result.text, result.lines, tuple(sorted(found, key=lambda one: one.start)))


@dataclass(frozen=True)
class _Vote:
    pair: Pair
    chosen: str
    why: str = ""


def _vote(pair: Pair, surer: _Side, other: _Side, known: Known) -> _Vote:
    mine, its = surer.said(pair.first), other.said(pair.second)
    if mine == its:
        return _Vote(pair, mine)
    if not its:
        return _Vote(pair, mine, f"{surer.engine} alone read it, and is surer of the page")
    if not mine:
        stands = other.sure(pair.second) >= surer.reading.confidence
        how_sure = "is sure of it" if stands else "is not sure of it"
        return _Vote(pair, its if stands else "", f"{other.engine} alone read it, and {how_sure}")
    if (spelt := german(mine, its, known)) is not None:
        return _Vote(pair, spelt, "the lexicon has it")
    surest = other if other.sure(pair.second) > surer.sure(pair.first) else surer
    return _Vote(pair, its if surest is other else mine, f"{surest.engine} is surer of it")


def _piece(vote: _Vote, surer: _Side, other: _Side, scale: tuple[float, float]) -> Piece:
    if vote.chosen == surer.said(vote.pair.first):
        return Piece(vote.pair, vote.chosen)
    words = other.words(vote.pair.second, scale)
    if not words and (stood := surer.words(vote.pair.first)):
        sure = other.sure(vote.pair.second)
        words = (Word(text=vote.chosen, box=around(stood), confidence=sure),)
    return Piece(vote.pair, vote.chosen, words, changed=True)


def _disagreement(
    vote: _Vote, start: int, sides: tuple[_Side, _Side], scale: tuple[float, float], *, swapped: bool
) -> Disagreement:
    surer, other = sides
    said = surer.said(vote.pair.first), other.said(vote.pair.second)
    first, second = reversed(said) if swapped else said
    words = surer.words(vote.pair.first) or other.words(vote.pair.second, scale)
    return Disagreement(start, first, second, vote.chosen, vote.why, around(words) if words else None)
