"""Scores of many files in a few numbers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from local.evaluation.classes import ErrorClass
from local.evaluation.scores import Passage, Score


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Rates are means over files, every file counting the same; `seconds` are those of all engines."""

    files: int
    unread: int
    pages: int
    escalated: int
    cer: float
    median_cer: float
    wer: float
    median_wer: float
    recall: float
    characters: int
    edits: int
    umlauts: int
    umlauts_lost: int
    umlauts_invented: int
    seconds: float
    classes: Mapping[ErrorClass, int]


@dataclass(frozen=True, kw_only=True)
class Share:
    """What an engine was taken for. A document compared as a whole counts once, under all its engines together."""

    engine: str
    passages: int
    cer: float
    median_cer: float
    umlauts: int
    umlauts_lost: int
    umlauts_invented: int


def totals(scores: Sequence[Score]) -> Totals:
    """Over all of them, of which there is at least one."""
    cers, wers = [one.cer for one in scores], [one.wer for one in scores]
    return Totals(
        files=len(scores),
        unread=sum(not one.read.completed for one in scores),
        pages=sum(len(one.read.pages) for one in scores),
        escalated=sum(one.escalated for one in scores),
        cer=mean(cers),
        median_cer=median(cers),
        wer=mean(wers),
        median_wer=median(wers),
        recall=mean(one.recall for one in scores),
        characters=_sum(scores, "characters"),
        edits=_sum(scores, "edits"),
        umlauts=_sum(scores, "umlauts"),
        umlauts_lost=_sum(scores, "umlauts_lost"),
        umlauts_invented=_sum(scores, "umlauts_invented"),
        seconds=sum(one.seconds for one in scores),
        classes=dict(sum((one.classes for one in scores), Counter())),
    )


def by_engine(scores: Iterable[Score]) -> list[Share]:
    """What the engines that were taken made of it, the busiest first."""
    shares: defaultdict[str, list[Passage]] = defaultdict(list)
    for score in scores:
        for passage in score.passages:
            shares[" + ".join(passage.engines) or "none"].append(passage)
    return [_share(name, shares[name]) for name in sorted(shares, key=lambda name: (-len(shares[name]), name))]


def best_of(runs: Sequence[Sequence[Score]]) -> list[Score]:
    """Per file the best of several readings, the quickest of those that are as good: what no choice can do better."""
    return [min(scores, key=lambda score: (score.cer, score.seconds)) for scores in zip(*runs, strict=True)]


def _share(engine: str, passages: Sequence[Passage]) -> Share:
    measures = [passage.measures for passage in passages]
    return Share(
        engine=engine,
        passages=len(passages),
        cer=mean(one.cer for one in measures),
        median_cer=median(one.cer for one in measures),
        umlauts=sum(one.umlauts for one in measures),
        umlauts_lost=sum(one.umlauts_lost for one in measures),
        umlauts_invented=sum(one.umlauts_invented for one in measures),
    )


def _sum(scores: Iterable[Score], measure: str) -> int:
    return sum(score.total(measure) for score in scores)
