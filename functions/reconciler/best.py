"""The best reading so far of a page that nobody is left to be asked for: then it is the result."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from events.errors import InvalidEvent
from events.page import PageRequested, because
from functions.runtime.reading import Reading
from functions.runtime.readings import Readings


class Best(NamedTuple):
    """A reading that is kept, where, and the last request of its page that is known, else one as it was planned."""

    reading: Reading
    dataref: str
    last: PageRequested

    def result(self, given_up: str, now: datetime, inline_text_bytes: int) -> dict[str, Any]:
        """What a recognized page says of it, for the reason that it was `given_up`."""
        best, last = self.reading, self.last
        return {
            **best.told(inline_text_bytes),
            "seconds": best.cost(last.requested_at, now, last.spent),
            "why": because(last.why, given_up, f"{best.engine} has the best reading"),
            "best_effort": best.confidence < last.min_confidence,
            "dataref": self.dataref,
        }


def best_of(
    last: PageRequested | None, asked: PageRequested, route: Collection[str], readings: Readings
) -> Best | None:
    """What the last request of a page speaks of, else the surest that engines of its route have left in the store.

    `asked` is a request for the page as it was planned: nothing may have come back of those that were made, and a
    page may have been read all the same. Raises Unavailable.
    """
    return _told(last, readings) or _kept(last or asked, asked, route, readings)


def _told(last: PageRequested | None, readings: Readings) -> Best | None:
    if last is None or last.best is None:
        return None
    try:
        reading = readings.behind(last, last.best)
    except InvalidEvent:
        return None
    return None if reading is None else Best(reading, last.best.dataref, last)


def _kept(last: PageRequested, asked: PageRequested, route: Collection[str], readings: Readings) -> Best | None:
    """Of engines that nobody asked for, none; and no vote of two where none was asked for."""
    theirs = [
        one
        for one in readings.kept(asked)
        if set(one.made_of or (one.engine,)) <= set(route) and (asked.consensus or not one.made_of)
    ]
    if not theirs:
        return None
    surest = max(theirs, key=lambda one: (one.confidence, len(one.made_of)))
    return Best(surest, readings.reference(asked, surest).dataref, last)
