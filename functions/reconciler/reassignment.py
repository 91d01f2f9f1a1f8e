"""Chooses the engine that gets the next request for a waiting page. No input or output here.

An engine that answers reads the page or passes it on. If it has read the page before, it finds its stored reading. So a
page that still waits has an engine that is down, or a request that was lost. Another request reads nothing twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from events.page import PageRequested, ReadingRef, join_reasons
from functions.reconciler.snapshot import StalledDocument, WaitingPage


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """The engine for the next request, the remaining route, the best reading so far, and seconds spent by engine."""

    engine: str
    route: tuple[str, ...]
    why: str
    best: ReadingRef | None = None
    spent: Mapping[str, float] = field(default_factory=dict)


def remove_unavailable_engines(page: WaitingPage, available: Collection[str]) -> WaitingPage:
    """Return the page with only `available` engines on its route and on that of its undelivered request."""
    route = [engine for engine in page.route if engine in available]
    last = page.undelivered_request
    if last:
        last = last.model_copy(update={"route": tuple(engine for engine in last.route if engine in available)})
    return replace(page, route=route, undelivered_request=last)


def reassign(page: WaitingPage, attempts_before_others: int) -> Assignment:
    """Return the engine for the next request. The page must have an engine on its route.

    If the last request came back, continue with the next engine of that request. If the last request is lost, repeat
    it to the first engine until there were `attempts_before_others`, then use each engine of the route in turn.
    """
    last = page.undelivered_request
    if last is None or last.attempt != page.attempts:
        return _assign_in_turn(page, max(0, page.attempts - attempts_before_others + 1))
    if last.route:
        engine, *remaining = last.route
        why = join_reasons(last.why, f"{last.engine} did not answer")
        return Assignment(engine=engine, route=tuple(remaining), why=why, best=last.best, spent=last.spent)
    owner = _choose_owner(page, last.best)
    if owner not in {None, last.engine}:
        # This engine finds the stored reading. With no engine left on the route, the best reading becomes the result.
        why = join_reasons(last.why, f"{last.engine}, the last on the route, did not answer")
        return Assignment(engine=str(owner), route=(), why=why, best=last.best, spent=last.spent)
    return replace(_assign_in_turn(page, page.attempts), best=last.best, spent=last.spent)


def build_page_request(document: StalledDocument, page: WaitingPage, assignment: Assignment) -> PageRequested:
    """Return the next request for a page of an accepted document, with the attempt counted."""
    return PageRequested.model_validate(
        {
            **document.document_fields,
            "page": page.page,
            "pages": document.pages,
            "sha256": document.sha256,
            "media_type": document.media_type,
            "languages": tuple(document.languages or ()),
            "engine": assignment.engine,
            "route": assignment.route,
            "why": assignment.why,
            "best": assignment.best,
            "spent": assignment.spent,
            "min_confidence": document.min_confidence,
            "consensus": bool(document.consensus),
            "attempt": page.attempts + 1,
            "bulk": bool(document.bulk),
            "requested_at": document.now,
        }
    )


def _choose_owner(page: WaitingPage, best: ReadingRef | None) -> str | None:
    """Return an engine that can publish the best reading: its own engine if that is on the route, else the first."""
    if best is None:
        return None
    return best.engine if best.engine in page.route else page.route[0]


def _assign_in_turn(page: WaitingPage, turn: int) -> Assignment:
    """Assign the engine number `turn` of the route. Engines that were skipped come last on the remaining route.

    After one turn for each engine, the engine gets the page alone: a reading with low confidence is better than none.
    """
    first = turn % len(page.route)
    remaining = (*page.route[first + 1 :], *page.route[:first])
    why = join_reasons(page.why, f"{page.route[first - 1]} did not answer" if first else "")
    return Assignment(engine=page.route[first], route=remaining if turn < len(page.route) else (), why=why)
