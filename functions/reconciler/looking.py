"""Which pages end with a reading that the store has, and looking it up: of a few pages at a time, and not for long."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from events.states import DocumentState
from functions.reading.store import Readings
from functions.reconciler.asking import Asking, Waiting
from functions.reconciler.best import best_of
from functions.reconciler.giving_up import given_up
from functions.reconciler.missing import Stuck, request
from functions.reconciler.standing import Standing
from functions.runtime.errors import Unavailable

log = structlog.get_logger()

#: Each is a listing and the readings themselves, which have megabytes. The next ones' turn is at the next push.
PAGES_AT_A_TIME = 20


@dataclass(frozen=True)
class LookUps:
    """Where readings are kept, and until when, by the clock in seconds, there is time to look for them."""

    readings: Readings
    until: float
    clock: Callable[[], float] = time.monotonic

    @property
    def are_over(self) -> bool:
        return self.clock() >= self.until

    def found(self, stuck: Stuck, pages: Sequence[Waiting]) -> Iterator[Waiting]:
        """The first of the pages with their best reading or without, but none whose readings cannot be had now.

        Of an overdue document no more than tells whether all of them have one; a long overdue one waits for none.
        """
        for page in pages[:PAGES_AT_A_TIME]:
            looked = self._looked_up(stuck, page)
            if looked:
                yield looked
            if self.are_over or (looked and stuck.overdue and looked.best is None):
                return

    def _looked_up(self, stuck: Stuck, page: Waiting) -> Waiting | None:
        asked = request(stuck, page, Asking(engine=page.route[0], route=(), why=page.why))
        try:
            return replace(page, best=best_of(page.undelivered, asked, page.route, self.readings))
        except Unavailable as error:
            log.warning("page.not_looked_up", document=str(stuck.document), page=page.page, error=str(error))
            return page if stuck.long_overdue else None


def ending(standing: Standing, engines: Collection[str], max_attempts: int) -> list[Waiting]:
    """Those that nobody is asked for any more, so that only the store knows how they end.

    Of all others the engines find the reading themselves, and some documents end without one.
    """
    stuck, unplanned, waiting = standing
    if not stuck.accepted or stuck.state != DocumentState.OPEN:
        return []
    if stuck.overdue:
        return [] if unplanned else list(waiting)
    return [page for page in waiting if given_up(page, engines, max_attempts)]
