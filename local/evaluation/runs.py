"""Results of an evaluation, and their JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from local.evaluation.scores import EvaluatedPage, FileScore, Passage
from local.evaluation.totals import Totals, compute_engine_shares, compute_totals

#: The name of the run with the default route.
ROUTED = "routed"
#: The name of the run that is made of the best reading of every file.
ORACLE = "best of each file"


@dataclass(frozen=True)
class EvaluationRun:
    """The scores of all files, read with the same route or the same single engine."""

    name: str
    scores: tuple[FileScore, ...]

    @property
    def totals(self) -> Totals:
        return compute_totals(self.scores)

    def as_dict(self) -> dict[str, Any]:
        """Return the run as JSON-serializable values; rates are shares from 0 to 1."""
        return {
            "run": self.name,
            "overall": asdict(self.totals),
            "by_engine": [asdict(share) for share in compute_engine_shares(self.scores)],
            "files": [_serialize_file(score) for score in self.scores],
        }


def list_engines(scores: Sequence[FileScore]) -> list[str]:
    """Return the engines on the routes of all pages, each once. A text layer has no engine, a consensus has two."""
    return list(dict.fromkeys(engine for score in scores for page in score.reading.pages for engine in page.route))


def _serialize_file(score: FileScore) -> dict[str, Any]:
    read = score.reading
    return {
        "file": read.file,
        "document": read.document,
        "state": read.state,
        "reason": read.reason,
        "message": read.message,
        "engines": score.engines,
        "cer": score.cer,
        "wer": score.wer,
        "recall": score.recall,
        "umlauts": score.sum_metric("umlauts"),
        "umlauts_lost": score.sum_metric("umlauts_lost"),
        "umlauts_invented": score.sum_metric("umlauts_invented"),
        "seconds": score.seconds,
        "escalated": score.escalated,
        "classes": score.classes,
        "passages": [_serialize_passage(passage) for passage in score.passages],
        "pages": [_serialize_page(page) for page in read.pages],
    }


def _serialize_passage(passage: Passage) -> dict[str, Any]:
    measures = passage.metrics
    rates = {"cer": measures.cer, "wer": measures.wer, "recall": measures.recall}
    texts = {"truth": passage.truth, "read": passage.read}
    return {"page": passage.page, "engines": passage.engines, **rates, **asdict(measures), **texts}


def _serialize_page(page: EvaluatedPage) -> dict[str, Any]:
    seconds = {name: getattr(page, name) for name in ("waiting", "starting", "reading", "others")}
    fields = {name: value for name, value in asdict(page).items() if name not in seconds}
    return {**fields, "escalated": page.escalated, "seconds": seconds}
