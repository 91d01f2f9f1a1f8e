"""The decision to abandon pages, and the lookup of their fallback readings."""

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

#: Maximum number of pages to look up per repair. Each page takes a listing of the store and megabytes of readings.
#: The next repair looks up further pages.
PAGES_PER_LOOKUP = 20


class Abandonment(NamedTuple):
    """The reason why a page is abandoned.

    `failure` and `message` are for a page without any reading, `why` for a page with a fallback reading.
    """

    failure: PageFailure
    message: str
    why: str


def decide_abandonment(page: WaitingPage, engines: Collection[str], max_attempts: int) -> Abandonment | None:
    """Return the reason to abandon the page, or None if one of the available `engines` can still get a request for it.

    If `engines` is empty, Kafka is not set up yet, and no page is abandoned.
    """
    if not engines:
        return None
    if page.failed_requests >= max_attempts:
        why = f"{page.failed_requests} requests for it failed in the engine"
        message = f"{page.failed_requests} requests for this page failed in the engine."
        return Abandonment(PageFailure.GAVE_UP, message, why)
    if not remove_unavailable_engines(page, engines).route:
        why = f"none of its engines is available any more: {', '.join(page.route)}"
        return Abandonment(PageFailure.NO_ENGINE, f"{why.capitalize()}. Upload the document under another name.", why)
    return None


def select_abandoned_pages(snapshot: Snapshot, engines: Collection[str], max_attempts: int) -> list[WaitingPage]:
    """Return the pages that no engine will read any more, so that their result can only be a stored reading.

    For an overdue document, return all waiting pages. If an overdue document has an unplanned page, return no pages,
    because the document fails. Also return no pages for a document that is not accepted or not open.
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
        """Yield pages with their fallback readings, in order, until the time limit or PAGES_PER_LOOKUP pages.

        A page without a stored reading has None. If the store does not answer, skip the page, or yield it with None if
        the document is long overdue. An overdue document needs readings for all its pages, so stop at its first page
        without a reading.
        """
        for page in pages[:PAGES_PER_LOOKUP]:
            page_with_lookup = self._look_up_page(document, page)
            if page_with_lookup:
                yield page_with_lookup
            if self.is_time_up or (page_with_lookup and document.is_overdue and page_with_lookup.fallback is None):
                return

    def _look_up_page(self, document: StalledDocument, page: WaitingPage) -> WaitingPage | None:
        """Return the page with its fallback reading, or None to skip the page because the store does not answer."""
        first_assignment = Assignment(engine=page.route[0], route=(), why=page.why)
        planned_request = build_page_request(document, page, first_assignment)
        try:
            fallback = find_fallback(page.undelivered_request, planned_request, page.route, self.readings)
        except Unavailable as error:
            log.warning("page.lookup_failed", document=str(document.document), page=page.page, error=str(error))
            return page if document.is_long_overdue else None
        return replace(page, fallback=fallback)
