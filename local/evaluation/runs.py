"""A folder read by one route, as programs are told of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from local.evaluation.scores import Page, Passage, Score
from local.evaluation.totals import Totals, by_engine, totals

#: The name of the run whose engines the router chose.
ROUTED = "routed"
#: The name of what takes the best reading of every file, by whichever run.
ORACLE = "best of each file"


@dataclass(frozen=True)
class Run:
    """All files, read the same way: by the router's choice, by a route that was given, or by one engine alone."""

    name: str
    scores: tuple[Score, ...]

    @property
    def totals(self) -> Totals:
        return totals(self.scores)

    def told(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "run": self.name,
            "overall": asdict(self.totals),
            "by_engine": [asdict(share) for share in by_engine(self.scores)],
            "files": [_file(score) for score in self.scores],
        }


def engines_of(scores: Sequence[Score]) -> list[str]:
    """Those that any page was planned for, each once: a text layer is read without one, a consensus made by two."""
    return list(dict.fromkeys(engine for score in scores for page in score.read.pages for engine in page.route))


def _file(score: Score) -> dict[str, Any]:
    read = score.read
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
        "umlauts": score.total("umlauts"),
        "umlauts_lost": score.total("umlauts_lost"),
        "umlauts_invented": score.total("umlauts_invented"),
        "seconds": score.seconds,
        "escalated": score.escalated,
        "classes": score.classes,
        "passages": [_passage(passage) for passage in score.passages],
        "pages": [_page(page) for page in read.pages],
    }


def _passage(passage: Passage) -> dict[str, Any]:
    measures = passage.measures
    rates = {"cer": measures.cer, "wer": measures.wer, "recall": measures.recall}
    texts = {"truth": passage.truth, "read": passage.read}
    return {"page": passage.page, "engines": passage.engines, **rates, **asdict(measures), **texts}


def _page(page: Page) -> dict[str, Any]:
    seconds = {name: getattr(page, name) for name in ("waiting", "starting", "reading", "others")}
    told = {name: value for name, value in asdict(page).items() if name not in seconds}
    return {**told, "escalated": page.escalated, "seconds": seconds}
