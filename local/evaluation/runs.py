"""Runs of an evaluation, and their JSON form."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from local.evaluation.scores import EvaluatedPage, FileScore, Passage
from local.evaluation.totals import Totals, compute_engine_shares, compute_totals

#: The name of the run in which intake chooses the route.
ROUTED = "routed"
#: The name of the run that consists of the best result of each file.
ORACLE = "best of each file"


@dataclass(frozen=True)
class EvaluationRun:
    """The scores of all files, which were read with the same route."""

    name: str
    scores: tuple[FileScore, ...]

    @property
    def totals(self) -> Totals:
        return compute_totals(self.scores)

    def as_dict(self) -> dict[str, Any]:
        """Return the run as JSON-serializable values. Rates are from 0 to 1, and times are in seconds."""
        return {
            "run": self.name,
            "overall": asdict(self.totals),
            "by_engine": [asdict(share) for share in compute_engine_shares(self.scores)],
            "files": [_serialize_file(score) for score in self.scores],
        }


def list_engines(scores: Sequence[FileScore]) -> list[str]:
    """Return the engines on the routes of all pages, each engine once, in the order of the pages."""
    return list(dict.fromkeys(engine for score in scores for page in score.reading.pages for engine in page.route))


def _serialize_file(score: FileScore) -> dict[str, Any]:
    reading = score.reading
    return {
        "file": reading.file,
        "document": reading.document,
        "state": reading.state,
        "reason": reading.reason,
        "message": reading.message,
        "engines": score.engines,
        "cer": score.cer,
        "wer": score.wer,
        "recall": score.recall,
        "umlauts": score.sum_metric("umlauts"),
        "umlauts_lost": score.sum_metric("umlauts_lost"),
        "umlauts_invented": score.sum_metric("umlauts_invented"),
        "seconds": score.seconds,
        "escalated": score.escalated_pages,
        "classes": score.classes,
        "passages": [_serialize_passage(passage) for passage in score.passages],
        "pages": [_serialize_page(page) for page in reading.pages],
    }


def _serialize_passage(passage: Passage) -> dict[str, Any]:
    metrics = passage.metrics
    rates = {"cer": metrics.cer, "wer": metrics.wer, "recall": metrics.recall}
    texts = {"truth": passage.truth, "read": passage.read_text}
    return {"page": passage.page, "engines": passage.engines, **rates, **asdict(metrics), **texts}


def _serialize_page(page: EvaluatedPage) -> dict[str, Any]:
    seconds = {name: getattr(page, name) for name in ("waiting", "starting", "reading", "others")}
    fields = {name: value for name, value in asdict(page).items() if name not in seconds}
    return {**fields, "escalated": page.is_escalated, "seconds": seconds}
