"""Abandoned pages: which ones, for which reason, and the lookup of their stored readings."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from events.reasons import PageFailure
from events.states import DocumentState
from functions.reading.store import ReadingStore
from functions.reconciler.fallback import find_fallback
from functions.reconciler.reassignment import Assignment, build_page_request, remove_unavailable_engines
from functions.reconciler.snapshot import Snapshot, StalledDocument, WaitingPage
from functions.runtime.errors import Unavailable
from functions.runtime.log import get_logger

log = get_logger()

#: Each lookup lists the store and loads readings of several megabytes. Further pages follow with the next repair.
PAGES_PER_LOOKUP = 20


class Abandonment(NamedTuple):
    """The reason why a page is abandoned.

    `failure` and `message` are for a page without any reading, `why` for a page with a fallback reading.
    """

    failure: PageFailure
    message: str
    why: str


def decide_abandonment(page: WaitingPage, engines: Collection[str], max_attempts: int) -> Abandonment | None:
    """Return the reason to abandon the page, or None if one of the available `engines` can get a request for it.

    Without any available engine, Kafka is not set up yet, and no page is abandoned.
    """
    if not engines:
        return None
    if page.failed_requests >= max_attempts:
        why = f"{page.failed_requests} requests for it failed in the engine"
        message = f"{page.failed_requests} requests for this page failed in the engine."
        return Abandonment(PageFailure.GAVE_UP, message, why)
    if not remove_unavailable_engines(page, engines).route:
        why = f"none of its engines is available any more: {', '.join(page.route)}"
        return Abandonment(PageFailure.NO_ENGINE, f"{why.capitalize()}. Upload it under another name.", why)
    return None


def select_abandoned_pages(snapshot: Snapshot, engines: Collection[str], max_attempts: int) -> list[WaitingPage]:
    """Return the pages for which no engine gets a request any more. Their result can only come from the store.

    The engines find the stored readings of other pages. The list is empty for a document that is not accepted or not
    open, and for an overdue document with an unplanned page, which fails.
    """
    document, first_unplanned_page, waiting_pages = snapshot
    if not document.is_accepted or document.state != DocumentState.OPEN:
        return []
    if document.is_overdue:
        return [] if first_unplanned_page else list(waiting_pages)
    return [page for page in waiting_pages if decide_abandonment(page, engines, max_attempts)]


@dataclass(frozen=True)
class FallbackLookup:
    """A lookup of fallback readings with a time limit. `until` is a time of `clock`, in seconds."""

    readings: ReadingStore
    until: float
    clock: Callable[[], float] = time.monotonic

    @property
    def is_time_up(self) -> bool:
        """True once the time limit is reached."""
        return self.clock() >= self.until

    def look_up(self, document: StalledDocument, pages: Sequence[WaitingPage]) -> Iterator[WaitingPage]:
        """Yield the first pages, with their fallback reading if there is one. Skip a page if the store does not answer.

        An overdue document needs a reading for every page, so stop at its first page without one. A long overdue
        document does not wait for the store: then such a page is yielded without a reading.
        """
        for page in pages[:PAGES_PER_LOOKUP]:
            result = self._look_up_page(document, page)
            if result:
                yield result
            if self.is_time_up or (result and document.is_overdue and result.fallback is None):
                return

    def _look_up_page(self, document: StalledDocument, page: WaitingPage) -> WaitingPage | None:
        plan = Assignment(engine=page.route[0], route=(), why=page.why)
        planned_request = build_page_request(document, page, plan)
        try:
            fallback = find_fallback(page.undelivered_request, planned_request, page.route, self.readings)
        except Unavailable as error:
            log.warning("page.lookup_failed", document=str(document.document), page=page.page, error=str(error))
            return page if document.is_long_overdue else None
        return replace(page, fallback=fallback)
