"""Metrics of committed pages and documents, and the span of a document in a terminal state."""

import unicodedata
from datetime import UTC, datetime

from events.document import DocumentCompleted, DocumentFailed, DocumentRejected
from events.event import Event
from events.page import PageFailed, PageRecognized
from events.states import DocumentState
from functions.runtime.telemetry.telemetry import Telemetry

_GERMAN = "deu"
_UMLAUTS = frozenset("äöüßÄÖÜẞ")
# Upper bounds of the histogram buckets.
_CONFIDENCE_BOUNDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
_DURATION_BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)
_END_STATES: dict[type[Event], DocumentState] = {
    DocumentCompleted: DocumentState.COMPLETED,
    DocumentFailed: DocumentState.FAILED,
    DocumentRejected: DocumentState.REJECTED,
}


class ResultMetrics:
    """Metrics of pages and documents. A repeated outcome changes no stored state, so it is not counted again."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry, meter = telemetry, telemetry.meter
        self._pages = meter.create_counter("pagebus.pages", "{page}", "Pages by engine and outcome.")
        self._confidence = meter.create_histogram(
            "pagebus.page.confidence",
            "1",
            "Expected share of correct characters on a page.",
            explicit_bucket_boundaries_advisory=_CONFIDENCE_BOUNDS,
        )
        self._seconds = meter.create_counter(
            "pagebus.engine.seconds", "s", "Seconds spent by engines, also on readings that were not used."
        )
        self._letters = meter.create_counter("pagebus.german.letters", "{letter}", "Letters in German text.")
        self._umlauts = meter.create_counter(
            "pagebus.german.umlauts", "{letter}", "Umlauts and sharp s in German text."
        )
        self._documents = meter.create_counter("pagebus.documents", "{document}", "Documents by final state.")
        self._durations = meter.create_histogram(
            "pagebus.document.duration",
            "s",
            "Seconds from the announcement of a document to its final state.",
            explicit_bucket_boundaries_advisory=_DURATION_BOUNDS_S,
        )

    def record(self, event: Event, origin: str | None) -> None:
        """Count a committed event. If it ends a document, also record the document's span in the trace `origin`."""
        if isinstance(event, PageRecognized):
            self._count_recognized_page(event)
        elif isinstance(event, PageFailed):
            engine = event.engine or "none"
            self._pages.add(1, {"pagebus.engine": engine, "pagebus.outcome": event.reason.value})
        elif isinstance(event, DocumentCompleted | DocumentFailed | DocumentRejected):
            state = _END_STATES[type(event)]
            self._count_document(state, event.uploaded_at)
            self._telemetry.export_document_span(event.document, origin, event.uploaded_at, state)

    def _count_recognized_page(self, page: PageRecognized) -> None:
        engine = {"pagebus.engine": page.engine}
        self._pages.add(1, {**engine, "pagebus.outcome": "best_effort" if page.best_effort else "recognized"})
        self._confidence.record(page.confidence, engine)
        for name, seconds in {**page.seconds.others, page.engine: page.seconds.reading}.items():
            self._seconds.add(seconds, {"pagebus.engine": name})
        if _GERMAN in page.languages and page.text:
            letters, umlauts = count_german_letters(page.text)
            self._letters.add(letters, engine)
            self._umlauts.add(umlauts, engine)

    def _count_document(self, state: DocumentState, uploaded_at: datetime | None) -> None:
        attributes = {"pagebus.document.state": state.value}
        self._documents.add(1, attributes)
        if uploaded_at:
            self._durations.record(max(0.0, (datetime.now(UTC) - uploaded_at).total_seconds()), attributes)


def count_german_letters(text: str) -> tuple[int, int]:
    """Return the number of all letters, and the number of umlauts and sharp s.

    In German text, a low share of umlauts and sharp s is a sign of bad recognition. English text has none of them.
    """
    letters = [letter for letter in unicodedata.normalize("NFC", text) if letter.isalpha()]
    return len(letters), sum(letter in _UMLAUTS for letter in letters)
