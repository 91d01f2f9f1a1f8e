"""What is told of what is committed: how pages and documents fared, and each document's span when it has ended."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

from opentelemetry.metrics import Meter

from events.document import DocumentCompleted, DocumentFailed, DocumentRejected
from events.event import Event
from events.page import PageFailed, PageRecognized
from events.states import DocumentState
from functions.runtime.telemetry.telemetry import Telemetry

#: Hears of a fact, and of the trace that its document belongs to.
Tell = Callable[[Event, str | None], None]

_GERMAN = "deu"
_UMLAUTS = frozenset("äöüßÄÖÜẞ")
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
_LIFETIMES = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)
_ENDS: dict[type[Event], DocumentState] = {
    DocumentCompleted: DocumentState.COMPLETED,
    DocumentFailed: DocumentState.FAILED,
    DocumentRejected: DocumentState.REJECTED,
}


class Counts:
    """Counts pages and documents, each once: here they are committed, whatever came twice before."""

    def __init__(self, meter: Meter) -> None:
        self._pages = meter.create_counter("pagebus.pages", "{page}", "Pages by engine and outcome.")
        self._confidence = meter.create_histogram(
            "pagebus.page.confidence", "1", "How sure engines are.", explicit_bucket_boundaries_advisory=_CONFIDENCES
        )
        self._seconds = meter.create_counter("pagebus.engine.seconds", "s", "Spent reading, taken or not.")
        self._letters = meter.create_counter("pagebus.german.letters", "{letter}", "Letters in German text.")
        self._umlauts = meter.create_counter("pagebus.german.umlauts", "{letter}", "Of these, umlauts and sharp s.")
        self._documents = meter.create_counter("pagebus.documents", "{document}", "Documents by how they ended.")
        self._lifetimes = meter.create_histogram(
            "pagebus.document.duration",
            "s",
            "From the announcement of a document to its end.",
            explicit_bucket_boundaries_advisory=_LIFETIMES,
        )

    def recognized(self, page: PageRecognized) -> None:
        """A page has text."""
        engine = {"pagebus.engine": page.engine}
        self._pages.add(1, {**engine, "pagebus.outcome": "best_effort" if page.best_effort else "recognized"})
        self._confidence.record(page.confidence, engine)
        for name, seconds in {**page.seconds.others, page.engine: page.seconds.reading}.items():
            self._seconds.add(seconds, {"pagebus.engine": name})
        if _GERMAN in page.languages and page.text:
            letters, umlauts = german(page.text)
            self._letters.add(letters, engine)
            self._umlauts.add(umlauts, engine)

    def failed(self, page: PageFailed) -> None:
        """A page has none."""
        self._pages.add(1, {"pagebus.engine": page.engine or "none", "pagebus.outcome": page.reason.value})

    def ended(self, state: DocumentState, began: datetime | None) -> None:
        """A document has ended."""
        self._documents.add(1, {"pagebus.document.state": state.value})
        if began:
            seconds = max(0.0, (datetime.now(UTC) - began).total_seconds())
            self._lifetimes.record(seconds, {"pagebus.document.state": state.value})


def german(text: str) -> tuple[int, int]:
    """Letters, and how many of them German has and English has not: few of them is how bad reading shows itself."""
    letters = [letter for letter in unicodedata.normalize("NFC", text) if letter.isalpha()]
    return len(letters), sum(letter in _UMLAUTS for letter in letters)


def told(fact: Event, origin: str | None, *, telemetry: Telemetry, counts: Counts) -> None:
    """Tell of one fact."""
    if isinstance(fact, PageRecognized):
        counts.recognized(fact)
    elif isinstance(fact, PageFailed):
        counts.failed(fact)
    elif isinstance(fact, DocumentCompleted | DocumentFailed | DocumentRejected):
        state = _ENDS[type(fact)]
        counts.ended(state, fact.uploaded_at)
        telemetry.ended(fact.document, origin, fact.uploaded_at, state)
