"""The vote on one word, or on some that stand for the same writing."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from functions.engine.consensus.adjudication import Known, adjudicated
from functions.engine.consensus.pairing import Pair
from functions.engine.consensus.tokens import Token


@dataclass(frozen=True)
class Side:
    """One of the two readings: who read, how sure of the page, and its words."""

    engine: str
    confidence: float
    tokens: Sequence[Token]

    def those(self, numbers: Sequence[int]) -> list[Token]:
        """Those words."""
        return [self.tokens[number] for number in numbers]

    def said(self, numbers: Sequence[int]) -> str:
        """Those words' text."""
        return " ".join(token.text for token in self.those(numbers))

    def sure(self, numbers: Sequence[int]) -> float:
        """The mean over those words."""
        return fmean(token.confidence for token in self.those(numbers))

    @property
    def has_places(self) -> bool:
        """Whether words can come in beside its own; on a page where nothing was read, they can."""
        return not self.tokens or any(token.word for token in self.tokens)


@dataclass(frozen=True)
class Vote:
    """What stands, empty where nothing does, and why; no reason where both read the same."""

    pair: Pair
    taken: str
    why: str = ""


def vote(pair: Pair, surer: Side, other: Side, known: Known, *, german: bool) -> Vote:
    """What stands is what one of the two has read."""
    mine, its = surer.said(pair.first), other.said(pair.second)
    if mine == its:
        return Vote(pair, mine)
    if not its:
        return Vote(pair, mine, f"{surer.engine} alone read it, and is surer of the page")
    if not mine:
        stands = _comes_in(pair, surer, other)
        return Vote(pair, its if stands else "", f"{other.engine} alone read it{', surely' if stands else ''}")
    if verdict := adjudicated(mine, its, known, german=german):
        return Vote(pair, *verdict)
    surest = other if other.sure(pair.second) > surer.sure(pair.first) else surer
    return Vote(pair, its if surest is other else mine, f"{surest.engine} is surer of it")


def _comes_in(pair: Pair, surer: Side, other: Side) -> bool:
    """What nobody knows the place of cannot; dots and bars alone are more often dirt and rules than writing."""
    placed = surer.has_places and all(token.word for token in other.those(pair.second))
    written = any(map(str.isalnum, other.said(pair.second)))
    return placed and written and other.sure(pair.second) >= surer.confidence
