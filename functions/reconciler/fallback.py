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
    """A stored reading (without the positions of words), the reference to its object, and its page's last request.

    If no request came back, `last_request` is the request that the plan of the page would make.
    """

    reading: Reading
    dataref: str
    last_request: PageRequested

    def as_page_fields(self, reason: str, now: datetime, inline_text_bytes: int) -> dict[str, Any]:
        """Return the fields of a PageRecognized event. `reason` says why no engine gets a request any more."""
        reading, last = self.reading, self.last_request
        return {
            **reading.as_event_fields(inline_text_bytes),
            "seconds": reading.as_page_seconds(last.requested_at, now, last.spent),
            "why": join_reasons(last.why, reason, f"{reading.engine} has the best reading"),
            "best_effort": reading.confidence < last.min_confidence,
            "dataref": self.dataref,
        }


def find_fallback(
    last_request: PageRequested | None, planned_request: PageRequested, route: Collection[str], readings: ReadingStore
) -> FallbackReading | None:
    """Return the reading with the highest confidence, from the store or the page's last request; None if there is none.

    `planned_request` is a request for the page as it was planned. It identifies the stored readings of the page, also
    if no request came back. Raise Unavailable if the store does not answer.
    """
    request = last_request or planned_request
    # If both name the same reading, the confidence in the request is newer, so it replaces the stored one.
    found = {
        fallback.dataref: fallback
        for fallback in (
            *_list_stored_readings(request, planned_request, route, readings),
            *_load_referenced_reading(last_request, readings),
        )
    }
    return max(found.values(), key=_rank, default=None)


def _rank(fallback: FallbackReading) -> tuple[float, int]:
    """Return the sort key: confidence, then the number of engines that voted."""
    return fallback.reading.confidence, len(fallback.reading.made_of)


def _load_referenced_reading(request: PageRequested | None, readings: ReadingStore) -> Iterator[FallbackReading]:
    if request is None or request.best is None:
        return
    with suppress(InvalidEvent):
        if reading := readings.load_ref(request, request.best):
            yield FallbackReading(_remove_positions(reading), request.best.dataref, request)


def _list_stored_readings(
    request: PageRequested, planned_request: PageRequested, route: Collection[str], readings: ReadingStore
) -> Iterator[FallbackReading]:
    """Yield readings by engines of the route only, and consensus readings only if a consensus was requested."""
    for reading in readings.list_readings(planned_request):
        engines = set(reading.made_of or (reading.engine,))
        if engines <= set(route) and (planned_request.consensus or not reading.made_of):
            dataref = readings.reference(planned_request, reading).dataref
            yield FallbackReading(_remove_positions(reading), dataref, request)


def _remove_positions(reading: Reading) -> Reading:
    """Keep what an event needs. Words with positions take megabytes, and many pages are in memory at once."""
    return reading.model_copy(
        update={"lines": (), "blocks": (), "disagreements": (), "markdown": None, "signals": {}, "timings": {}}
    )
