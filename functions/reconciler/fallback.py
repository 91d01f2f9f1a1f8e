"""The fallback result of a page that no engine can read any more: the best reading in the store."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from events.errors import InvalidEvent
from events.page import PageRequested, join_reasons
from functions.reading.reading import Reading
from functions.reading.store import ReadingStore


class FallbackReading(NamedTuple):
    """A stored reading without positions, its location as s3://bucket/key, and the last request for its page.

    If no request came back as a dead letter, `last_request` is the first request according to the plan of the page.
    """

    reading: Reading
    dataref: str
    last_request: PageRequested

    def as_page_fields(self, reason: str, now: datetime, inline_text_bytes: int) -> dict[str, Any]:
        """Return the fields of a PageRecognized event. `reason` explains why no engine will read the page."""
        reading, request = self.reading, self.last_request
        return {
            **reading.as_event_fields(inline_text_bytes),
            "seconds": reading.as_page_seconds(request.requested_at, now, request.spent),
            "why": join_reasons(request.why, reason, f"{reading.engine} has the best reading"),
            "best_effort": reading.confidence < request.min_confidence,
            "dataref": self.dataref,
        }


def find_fallback(
    last_request: PageRequested | None, planned_request: PageRequested, route: Collection[str], readings: ReadingStore
) -> FallbackReading | None:
    """Return the page's reading with the highest confidence, or None if there is no reading.

    `last_request` is the last request that came back as a dead letter, and refers to the best reading so far.
    `planned_request` is a request according to the plan of the page, and identifies the page's readings in the store.
    Raise Unavailable if the store does not answer.
    """
    request = last_request or planned_request
    # A reading can occur twice. Its confidence in the last request is newer than in the store, so the entry from the
    # request is added last and replaces the entry from the store.
    fallbacks = {
        fallback.dataref: fallback
        for fallback in (
            *_list_stored_readings(planned_request, request, route, readings),
            *_load_referenced_reading(last_request, readings),
        )
    }
    return max(fallbacks.values(), key=_rank, default=None)


def _rank(fallback: FallbackReading) -> tuple[float, int]:
    """Return the sort key: confidence, then the number of engines that voted."""
    return fallback.reading.confidence, len(fallback.reading.made_of)


def _load_referenced_reading(request: PageRequested | None, readings: ReadingStore) -> Iterator[FallbackReading]:
    """Yield the reading that `request.best` refers to, if it is set and the reading is stored."""
    if request is None or request.best is None:
        return
    with suppress(InvalidEvent):
        if reading := readings.load_ref(request, request.best):
            yield FallbackReading(_remove_positions(reading), request.best.dataref, request)


def _list_stored_readings(
    planned_request: PageRequested, last_request: PageRequested, route: Collection[str], readings: ReadingStore
) -> Iterator[FallbackReading]:
    """Yield the page's stored readings by engines of `route`. Omit consensus readings unless a consensus was requested.

    `planned_request` identifies the readings in the store. The results refer to `last_request`.
    """
    for reading in readings.list_readings(planned_request):
        engines = set(reading.made_of or (reading.engine,))
        if engines <= set(route) and (planned_request.consensus or not reading.made_of):
            dataref = readings.make_reference(planned_request, reading).dataref
            yield FallbackReading(_remove_positions(reading), dataref, last_request)


def _remove_positions(reading: Reading) -> Reading:
    """Return the reading with only the fields that an event needs. Positions of words would take megabytes per page."""
    return reading.model_copy(
        update={"lines": (), "blocks": (), "disagreements": (), "markdown": None, "signals": {}, "timings": {}}
    )
