"""Scores of files: per page if the truth has the same number of pages, else for the complete text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from local.evaluation.error_classes import ErrorClass
from local.evaluation.metrics import TextMetrics, compare_with_truth
from local.evaluation.text import FORM_FEED, split_pages


@dataclass(frozen=True, kw_only=True)
class EvaluatedPage:
    """The result of a page. `engine` produced the result; `route` are the engines that were planned.

    Times are in seconds: `waiting` until the last engine received the page, `starting` until it could read, `reading`
    in the engine of the result, `others` in all other engines that read the page.
    """

    page: int
    state: str
    engine: str | None
    why: str | None
    confidence: float | None
    best_effort: bool | None
    route: tuple[str, ...]
    waiting: float | None
    starting: float | None
    reading: float | None
    others: float | None

    @property
    def escalated(self) -> bool:
        """True if more than the first engine of the route received the page."""
        # Pages that an earlier version read have no `others`.
        others = self.best_effort if self.others is None else self.others > 0
        return len(self.route) > 1 and (self.engine != self.route[0] or bool(others))


@dataclass(frozen=True, kw_only=True)
class FileReading:
    """The text that was read from a file. If there is none, `text` is empty and `message` explains why."""

    file: str
    document: str
    state: str
    completed: bool
    reason: str | None
    message: str | None = None
    text: str
    pages: tuple[EvaluatedPage, ...]


@dataclass(frozen=True)
class Passage:
    """A compared pair of texts: one page, or the complete document if `page` is None."""

    page: int | None
    truth: str
    read: str
    engines: tuple[str, ...]

    @cached_property
    def metrics(self) -> TextMetrics:
        return compare_with_truth(self.truth, self.read)


@dataclass(frozen=True)
class FileScore:
    """The score of a file. Rates are means over its passages, weighted by the length of the truth."""

    reading: FileReading
    passages: tuple[Passage, ...]

    @cached_property
    def cer(self) -> float:
        return self._compute_mean([(one.metrics.cer, one.metrics.characters) for one in self.passages])

    @cached_property
    def wer(self) -> float:
        return self._compute_mean([(one.metrics.wer, one.metrics.words) for one in self.passages])

    @cached_property
    def recall(self) -> float:
        return self._compute_mean([(one.metrics.recall, one.metrics.words) for one in self.passages])

    @cached_property
    def classes(self) -> Counter[ErrorClass]:
        return sum((Counter(one.metrics.classes) for one in self.passages), Counter())

    def sum_metric(self, measure: str) -> int:
        """Return the sum of one count of TextMetrics over all passages."""
        return sum(getattr(one.metrics, measure) for one in self.passages)

    @property
    def engines(self) -> tuple[str, ...]:
        """Engines that produced results, in the order of their first pages."""
        return _list_engines(self.reading.pages)

    @property
    def seconds(self) -> float:
        """Seconds in all engines that read a page, including readings that were not used."""
        return sum((page.reading or 0.0) + (page.others or 0.0) for page in self.reading.pages)

    @property
    def escalated(self) -> int:
        return sum(page.escalated for page in self.reading.pages)

    @staticmethod
    def _compute_mean(weighed: Sequence[tuple[float, int]]) -> float:
        weights = [max(1, weight) for _, weight in weighed]
        return sum(rate * weight for (rate, _), weight in zip(weighed, weights, strict=True)) / sum(weights)


def score_file(read: FileReading, truth: str) -> FileScore:
    """Compare page by page if truth and reading have the same number of pages, else as one text."""
    wanted, got = split_pages(truth), read.text.split(FORM_FEED)
    if len(wanted) != len(got) or len(wanted) == 1:
        return FileScore(read, (Passage(None, truth, read.text, _list_engines(read.pages)),))
    by_number = {page.page: page for page in read.pages}
    passages = [
        Passage(number, *texts, _list_engines([by_number[number]] if number in by_number else []))
        for number, texts in enumerate(zip(wanted, got, strict=True), 1)
    ]
    return FileScore(read, tuple(passages))


def _list_engines(pages: Sequence[EvaluatedPage]) -> tuple[str, ...]:
    # A page without an engine has a text layer.
    return tuple(dict.fromkeys(page.engine for page in pages if page.engine))
