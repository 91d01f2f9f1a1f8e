"""Totals over the scores of many files."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from local.evaluation.error_classes import ErrorClass
from local.evaluation.scores import FileScore, Passage


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Totals of a run. Rates are unweighted means or medians over files.

    `unread` is the number of files without a text, and `escalated` the number of escalated pages. `seconds` is the time
    of all engines together.
    """

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
    """The totals of the passages of one engine. Rates are unweighted means or medians over passages.

    A document that is compared as a whole is one passage. If several engines produced its results, `engine` has all
    their names.
    """

    engine: str
    passages: int
    cer: float
    median_cer: float
    umlauts: int
    umlauts_lost: int
    umlauts_invented: int


def compute_totals(scores: Sequence[FileScore]) -> Totals:
    """Return the totals over these scores. Raise StatisticsError if there are none."""
    cers, wers = [score.cer for score in scores], [score.wer for score in scores]
    return Totals(
        files=len(scores),
        unread=sum(not score.reading.is_completed for score in scores),
        pages=sum(len(score.reading.pages) for score in scores),
        escalated=sum(score.escalated_pages for score in scores),
        cer=mean(cers),
        median_cer=median(cers),
        wer=mean(wers),
        median_wer=median(wers),
        recall=mean(score.recall for score in scores),
        characters=_sum_metric(scores, "characters"),
        edits=_sum_metric(scores, "edits"),
        umlauts=_sum_metric(scores, "umlauts"),
        umlauts_lost=_sum_metric(scores, "umlauts_lost"),
        umlauts_invented=_sum_metric(scores, "umlauts_invented"),
        seconds=sum(score.seconds for score in scores),
        classes=dict(sum((score.classes for score in scores), Counter())),
    )


def compute_engine_shares(scores: Iterable[FileScore]) -> list[EngineShare]:
    """Return the totals per engine. The engine with the most passages comes first."""
    shares: defaultdict[str, list[Passage]] = defaultdict(list)
    for score in scores:
        for passage in score.passages:
            shares[" + ".join(passage.engines) or "none"].append(passage)
    return [_build_share(name, shares[name]) for name in sorted(shares, key=lambda name: (-len(shares[name]), name))]


def select_best_scores(runs: Sequence[Sequence[FileScore]]) -> list[FileScore]:
    """Return, for each file, the score with the lowest character error rate from all runs.

    If error rates are equal, return the score with the shortest time. All runs have the files in the same order.
    """
    return [min(scores, key=lambda score: (score.cer, score.seconds)) for scores in zip(*runs, strict=True)]


def _build_share(engine: str, passages: Sequence[Passage]) -> EngineShare:
    passage_metrics = [passage.metrics for passage in passages]
    return EngineShare(
        engine=engine,
        passages=len(passages),
        cer=mean(metrics.cer for metrics in passage_metrics),
        median_cer=median(metrics.cer for metrics in passage_metrics),
        umlauts=sum(metrics.umlauts for metrics in passage_metrics),
        umlauts_lost=sum(metrics.umlauts_lost for metrics in passage_metrics),
        umlauts_invented=sum(metrics.umlauts_invented for metrics in passage_metrics),
    )


def _sum_metric(scores: Iterable[FileScore], name: str) -> int:
    return sum(score.sum_metric(name) for score in scores)
