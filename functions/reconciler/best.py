"""The best reading so far of a page that nobody is left to be asked for: then it is the result."""

from datetime import datetime
from typing import Any, NamedTuple

from events.errors import InvalidEvent
from events.page import PageRequested, because
from functions.runtime.reading import Reading
from functions.runtime.readings import Readings


class Best(NamedTuple):
    """A reading that is kept, where, and the last request of its page."""

    reading: Reading
    dataref: str
    last: PageRequested

    def result(self, gone: str, now: datetime, inline_text_bytes: int) -> dict[str, Any]:
        """What a recognized page says of it, for the reason that engines are `gone`."""
        best, last = self.reading, self.last
        return {
            **best.told(inline_text_bytes),
            "seconds": best.cost(last.requested_at, now, last.spent),
            "why": because(last.why, gone, f"{best.engine} has the best reading"),
            "best_effort": True,
            "dataref": self.dataref,
        }


def best_of(last: PageRequested | None, readings: Readings) -> Best | None:
    """What the last request of a page speaks of; None where the store does not have it. Raises Unavailable."""
    if last is None or last.best is None:
        return None
    try:
        reading = readings.behind(last, last.best)
    except InvalidEvent:
        return None
    return None if reading is None else Best(reading, last.best.dataref, last)
