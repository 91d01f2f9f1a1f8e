"""Judging what was read of documents: page by page where the truth has pages, else all at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from local.evaluation.classes import ErrorClass
from local.evaluation.measures import Measures, measure
from local.evaluation.text import FORM_FEED, pages


@dataclass(frozen=True, kw_only=True)
class Page:
    """What became of a page. `engine` is the one whose reading was taken, `route` those that it was planned for.

    `waiting`, `starting`, `reading` and `others` are seconds: before its last engine took it up, before that one could
    begin, in the engine that was taken, and in all others that read the page.
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
        """Whether more than the first engine of its route was asked."""
        # What others spent is not known of pages that were read before it was told.
        others = self.best_effort if self.others is None else self.others > 0
        return len(self.route) > 1 and (self.engine != self.route[0] or bool(others))


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read of a file; `text` is empty where nothing was, and `message` tells people why."""

    file: str
    document: str
    state: str
    completed: bool
    reason: str | None
    message: str | None = None
    text: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Passage:
    """What was compared with what: a page, or, where `page` is None, the whole document."""

    page: int | None
    truth: str
    read: str
    engines: tuple[str, ...]

    @cached_property
    def measures(self) -> Measures:
        return measure(self.truth, self.read)


@dataclass(frozen=True)
class Score:
    """A file, judged. Rates are means over its passages, weighed by the length of their truth."""

    read: Read
    passages: tuple[Passage, ...]

    @cached_property
    def cer(self) -> float:
        return self._mean([(one.measures.cer, one.measures.characters) for one in self.passages])

    @cached_property
    def wer(self) -> float:
        return self._mean([(one.measures.wer, one.measures.words) for one in self.passages])

    @cached_property
    def recall(self) -> float:
        return self._mean([(one.measures.recall, one.measures.words) for one in self.passages])

    @cached_property
    def classes(self) -> Counter[ErrorClass]:
        return sum((Counter(one.measures.classes) for one in self.passages), Counter())

    def total(self, measure: str) -> int:
        """One of the counts among the measures, over all passages."""
        return sum(getattr(one.measures, measure) for one in self.passages)

    @property
    def engines(self) -> tuple[str, ...]:
        """Those whose readings were taken, in the order of their first pages."""
        return _engines(self.read.pages)

    @property
    def seconds(self) -> float:
        """In all engines that read a page, whether their readings were taken or not."""
        return sum((page.reading or 0.0) + (page.others or 0.0) for page in self.read.pages)

    @property
    def escalated(self) -> int:
        return sum(page.escalated for page in self.read.pages)

    @staticmethod
    def _mean(weighed: Sequence[tuple[float, int]]) -> float:
        weights = [max(1, weight) for _, weight in weighed]
        return sum(rate * weight for (rate, _), weight in zip(weighed, weights, strict=True)) / sum(weights)


def judged(read: Read, truth: str) -> Score:
    """Compare page by page where truth and reading have as many, else the whole as one text."""
    wanted, got = pages(truth), read.text.split(FORM_FEED)
    if len(wanted) != len(got) or len(wanted) == 1:
        return Score(read, (Passage(None, truth, read.text, _engines(read.pages)),))
    by_number = {page.page: page for page in read.pages}
    passages = [
        Passage(number, *texts, _engines([by_number[number]] if number in by_number else []))
        for number, texts in enumerate(zip(wanted, got, strict=True), 1)
    ]
    return Score(read, tuple(passages))


def _engines(pages: Sequence[Page]) -> tuple[str, ...]:
    # A page that was read without any engine has a text layer.
    return tuple(dict.fromkeys(page.engine for page in pages if page.engine))
