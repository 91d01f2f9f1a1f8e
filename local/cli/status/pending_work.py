"""The functions that an unfinished document waits for, derived from the document's progress and pages."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from events.states import DocumentState, PageState
from local.cli.queries.documents import Document, DocumentProgress
from local.cli.queries.pages import PageStatus
from local.cli.stack.stack import INTAKE

_ASSEMBLY = "assembly"


@dataclass(frozen=True)
class PendingWork:
    """Work that a function still has to do for a document.

    `pages` are the numbers of the pages that wait for the function since `since`. They are empty if the whole document
    waits. The work was requested `requests` times, most recently at `requested_at`. If the function is an engine,
    `remaining_engines` are the engines after it on the route of the pages.
    """

    function: str
    pages: tuple[int, ...]
    since: datetime
    requests: int
    requested_at: datetime
    remaining_engines: tuple[str, ...] = ()


def list_pending_work(document: Document, progress: DocumentProgress, pages: Sequence[PageStatus]) -> list[PendingWork]:
    """Return the work that a document waits for. The list is empty if the document has ended."""
    if document.has_ended:
        return []
    requests = progress.repairs + 1
    if not progress.is_accepted:
        return [PendingWork(INTAKE, (), progress.created_at, requests, progress.repaired_at)]
    if document.state == DocumentState.ASSEMBLING:
        return [PendingWork(_ASSEMBLY, (), progress.moved_at, requests, progress.repaired_at)]
    return [*_list_unplanned_pages(document, progress, pages), *_list_requested_pages(progress, pages)]


def _list_unplanned_pages(
    document: Document, progress: DocumentProgress, pages: Sequence[PageStatus]
) -> Iterator[PendingWork]:
    """Yield the work of intake for pages that it has not planned yet. Intake plans a long document in several steps."""
    planned = {page.page for page in pages}
    unplanned = tuple(number for number in range(1, (document.pages or 0) + 1) if number not in planned)
    if unplanned:
        yield PendingWork(INTAKE, unplanned, progress.moved_at, progress.repairs + 1, progress.repaired_at)


def _list_requested_pages(progress: DocumentProgress, pages: Sequence[PageStatus]) -> Iterator[PendingWork]:
    """Yield the work for requested pages, grouped by route. The pages wait for the first engine of their route.

    A page without a route has a text layer. Such a page waits for intake.
    """
    pages_by_route: defaultdict[tuple[str, ...], list[PageStatus]] = defaultdict(list)
    for page in pages:
        if page.state == PageState.REQUESTED:
            pages_by_route[page.route or (INTAKE,)].append(page)
    for (function, *remaining_engines), requested in pages_by_route.items():
        since, requests = progress.accepted_at or progress.created_at, max(page.attempts for page in requested)
        numbers = tuple(page.page for page in requested)
        requested_at = progress.repaired_at if requests > 1 else since
        yield PendingWork(function, numbers, since, requests, requested_at, tuple(remaining_engines))
