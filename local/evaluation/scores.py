"""Scores of files: page by page if the true text has as many pages as the read text, or else for the complete text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from local.evaluation.error_classes import ErrorClass
from local.evaluation.metrics import TextMetrics, compare_with_truth
from local.evaluation.text import FORM_FEED, split_pages


@dataclass(frozen=True, kw_only=True)
class EvaluatedPage:
    """The result of a page. `engine` is the engine of the result, and `route` the planned engines.

    `why` explains the choice of the engine. `best_effort` is True for a fallback result. Times are in seconds.
    `waiting` is the time from the page request to the start of its handling. `starting` is the time to fetch the
    document and render the page. `reading` is the time in the engine of the result, and `others` the total time in all
    other engines that read the page. Unknown values are None.
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
    def is_escalated(self) -> bool:
        """True if the first of several engines did not produce the result, or if other engines also read the page.

        A page without a result therefore counts as escalated if its route has several engines.
        """
        # Results of earlier versions have no `others`. A fallback result shows that several engines read the page.
        others = self.best_effort if self.others is None else self.others > 0
        return len(self.route) > 1 and (self.engine != self.route[0] or bool(others))


@dataclass(frozen=True, kw_only=True)
class FileReading:
    """The text that was read from a file. If the document has no text, `text` is empty and `message` explains why."""

    file: str
    document: str
    state: str
    is_completed: bool
    reason: str | None
    message: str | None = None
    text: str
    pages: tuple[EvaluatedPage, ...]


@dataclass(frozen=True)
class Passage:
    """A true text and the read text of the same page, or of the complete document if `page` is None."""

    page: int | None
    truth: str
    read_text: str
    engines: tuple[str, ...]

    @cached_property
    def metrics(self) -> TextMetrics:
        return compare_with_truth(self.truth, self.read_text)


@dataclass(frozen=True)
class FileScore:
    """The score of a file.

    Rates are means over its passages. The weight of a passage is the length of its true text: in characters for `cer`,
    and in words for `wer` and `recall`.
    """

    reading: FileReading
    passages: tuple[Passage, ...]

    @cached_property
    def cer(self) -> float:
        return self._compute_mean([(passage.metrics.cer, passage.metrics.characters) for passage in self.passages])

    @cached_property
    def wer(self) -> float:
        return self._compute_mean([(passage.metrics.wer, passage.metrics.words) for passage in self.passages])

    @cached_property
    def recall(self) -> float:
        return self._compute_mean([(passage.metrics.recall, passage.metrics.words) for passage in self.passages])

    @cached_property
    def classes(self) -> Counter[ErrorClass]:
        return sum((Counter(passage.metrics.classes) for passage in self.passages), Counter())

    def sum_metric(self, name: str) -> int:
        """Return the sum of the attribute `name` of TextMetrics over all passages."""
        return sum(getattr(passage.metrics, name) for passage in self.passages)

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that produced the results, in the order of their first pages."""
        return _list_engines(self.reading.pages)

    @property
    def seconds(self) -> float:
        """The time of all engines that read a page, in seconds, including readings that were not used."""
        return sum((page.reading or 0.0) + (page.others or 0.0) for page in self.reading.pages)

    @property
    def escalated_pages(self) -> int:
        """The number of pages for which `is_escalated` is True."""
        return sum(page.is_escalated for page in self.reading.pages)

    @staticmethod
    def _compute_mean(weighted_rates: Sequence[tuple[float, int]]) -> float:
        """Return the weighted mean of pairs (rate, weight). Weight 0 counts as 1, so that an empty page counts too."""
        weights = [max(1, weight) for _, weight in weighted_rates]
        return sum(rate * weight for (rate, _), weight in zip(weighted_rates, weights, strict=True)) / sum(weights)


def score_file(reading: FileReading, truth: str) -> FileScore:
    """Return the score of a file.

    Compare page by page if the true text and the read text have the same number of pages. Otherwise compare the whole
    texts.
    """
    true_pages, read_pages = split_pages(truth), reading.text.split(FORM_FEED)
    if len(true_pages) != len(read_pages) or len(true_pages) == 1:
        return FileScore(reading, (Passage(None, truth, reading.text, _list_engines(reading.pages)),))
    pages_by_number = {page.page: page for page in reading.pages}
    passages = [
        Passage(number, *texts, _list_engines([pages_by_number[number]] if number in pages_by_number else []))
        for number, texts in enumerate(zip(true_pages, read_pages, strict=True), 1)
    ]
    return FileScore(reading, tuple(passages))


def _list_engines(pages: Sequence[EvaluatedPage]) -> tuple[str, ...]:
    # Pages without an engine have a text layer, or have no result.
    return tuple(dict.fromkeys(page.engine for page in pages if page.engine))
