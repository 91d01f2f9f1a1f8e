"""The best reading so far of a page that nobody is left to be asked for: then it is the result."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from events.errors import InvalidEvent
from events.page import PageRequested, because
from functions.reading.reading import Reading
from functions.reading.store import Readings


class Best(NamedTuple):
    """A kept reading without its words' places, where it is, and its page's last request, or one as planned."""

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
    """The surest of what engines of the page's route have left in the store and what its last request speaks of.

    `asked` is a request for the page as it was planned: nothing may have come back of those that were made, and a
    page may have been read all the same. Raises Unavailable.
    """
    # The same reading is as sure as the request says, which is younger.
    found = {best.dataref: best for best in (*_kept(last or asked, asked, route, readings), *_told(last, readings))}
    return max(found.values(), key=lambda best: (best.reading.confidence, len(best.reading.made_of)), default=None)


def _told(last: PageRequested | None, readings: Readings) -> Iterator[Best]:
    if last is None or last.best is None:
        return
    with suppress(InvalidEvent):
        if reading := readings.behind(last, last.best):
            yield Best(_without_places(reading), last.best.dataref, last)


def _kept(last: PageRequested, asked: PageRequested, route: Collection[str], readings: Readings) -> Iterator[Best]:
    """Of engines that nobody asked for, none; and no vote of two where none was asked for."""
    for one in readings.kept(asked):
        if set(one.made_of or (one.engine,)) <= set(route) and (asked.consensus or not one.made_of):
            yield Best(_without_places(one), readings.reference(asked, one).dataref, last)


def _without_places(reading: Reading) -> Reading:
    """What an outcome says of it. Its words, with their places, take megabytes, and many pages are held at once."""
    return reading.model_copy(
        update={"lines": (), "blocks": (), "disagreements": (), "markdown": None, "signals": {}, "timings": {}}
    )
