"""Totals over the scores of many files."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from local.evaluation.error_classes import ErrorClass
from local.evaluation.scores import FileScore, Passage


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Totals of a run. Rates are unweighted means over files. `seconds` is the time of all engines."""

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
class EngineShare:
    """The results of one engine. A document that is compared as one text counts once, under all of its engines."""

    engine: str
    passages: int
    cer: float
    median_cer: float
    umlauts: int
    umlauts_lost: int
    umlauts_invented: int


def compute_totals(scores: Sequence[FileScore]) -> Totals:
    """Return the totals of at least one score."""
    cers, wers = [one.cer for one in scores], [one.wer for one in scores]
    return Totals(
        files=len(scores),
        unread=sum(not one.reading.completed for one in scores),
        pages=sum(len(one.reading.pages) for one in scores),
        escalated=sum(one.escalated for one in scores),
        cer=mean(cers),
        median_cer=median(cers),
        wer=mean(wers),
        median_wer=median(wers),
        recall=mean(one.recall for one in scores),
        characters=_sum_metric(scores, "characters"),
        edits=_sum_metric(scores, "edits"),
        umlauts=_sum_metric(scores, "umlauts"),
        umlauts_lost=_sum_metric(scores, "umlauts_lost"),
        umlauts_invented=_sum_metric(scores, "umlauts_invented"),
        seconds=sum(one.seconds for one in scores),
        classes=dict(sum((one.classes for one in scores), Counter())),
    )


def compute_engine_shares(scores: Iterable[FileScore]) -> list[EngineShare]:
    """Return the results per engine, the engine with most passages first."""
    shares: defaultdict[str, list[Passage]] = defaultdict(list)
    for score in scores:
        for passage in score.passages:
            shares[" + ".join(passage.engines) or "none"].append(passage)
    return [_build_share(name, shares[name]) for name in sorted(shares, key=lambda name: (-len(shares[name]), name))]


def select_best_scores(runs: Sequence[Sequence[FileScore]]) -> list[FileScore]:
    """Return the score with the lowest error rate of each file, and the fastest of equal ones."""
    return [min(scores, key=lambda score: (score.cer, score.seconds)) for scores in zip(*runs, strict=True)]


def _build_share(engine: str, passages: Sequence[Passage]) -> EngineShare:
    measures = [passage.metrics for passage in passages]
    return EngineShare(
        engine=engine,
        passages=len(passages),
        cer=mean(one.cer for one in measures),
        median_cer=median(one.cer for one in measures),
        umlauts=sum(one.umlauts for one in measures),
        umlauts_lost=sum(one.umlauts_lost for one in measures),
        umlauts_invented=sum(one.umlauts_invented for one in measures),
    )


def _sum_metric(scores: Iterable[FileScore], measure: str) -> int:
    return sum(score.sum_metric(measure) for score in scores)
