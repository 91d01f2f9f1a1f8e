"""Choice of the engine that gets the next request for a waiting page. The module does no input or output.

A page waits because its engine is down, or because a request was lost. A repeated request is cheap: an engine that has
read the page before uses its stored reading.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from events.page import PageRequested, ReadingRef, join_reasons
from functions.reconciler.snapshot import StalledDocument, WaitingPage


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """The next request for a page: its engine, remaining route, reason, best reading so far, and seconds by engine."""

    engine: str
    route: tuple[str, ...]
    why: str
    best: ReadingRef | None = None
    spent: Mapping[str, float] = field(default_factory=dict)


def remove_unavailable_engines(page: WaitingPage, available: Collection[str]) -> WaitingPage:
    """Return the page with only `available` engines in its route and in the route of its undelivered request."""
    route = [engine for engine in page.route if engine in available]
    last_request = page.undelivered_request
    if last_request:
        last_request = last_request.model_copy(
            update={"route": tuple(engine for engine in last_request.route if engine in available)}
        )
    return replace(page, route=route, undelivered_request=last_request)


def reassign(page: WaitingPage, attempts_before_others: int) -> Assignment:
    """Return the assignment for the next request. The page must have an engine on its route.

    If the last request was lost, use the page's first engine until there were `attempts_before_others` requests, then
    each engine of the page's route in turn. If the last request came back as a dead letter, use the next engine of its
    remaining route. If none is left, use the engine that can publish the best reading so far, else each engine in turn.
    """
    last_request = page.undelivered_request
    if last_request is None or last_request.attempt != page.attempts:
        return _assign_in_turn(page, max(0, page.attempts - attempts_before_others + 1))
    if last_request.route:
        engine, *remaining = last_request.route
        why = join_reasons(last_request.why, f"{last_request.engine} did not answer")
        return Assignment(
            engine=engine, route=tuple(remaining), why=why, best=last_request.best, spent=last_request.spent
        )
    publisher = _choose_publisher(page, last_request.best)
    if publisher not in {None, last_request.engine}:
        # The remaining route is empty, so this engine publishes the best stored reading as the result.
        why = join_reasons(last_request.why, f"{last_request.engine}, the last on the route, did not answer")
        return Assignment(engine=str(publisher), route=(), why=why, best=last_request.best, spent=last_request.spent)
    return replace(_assign_in_turn(page, page.attempts), best=last_request.best, spent=last_request.spent)


def build_page_request(document: StalledDocument, page: WaitingPage, assignment: Assignment) -> PageRequested:
    """Return the next request for a page of an accepted document. Its `attempt` is one more than before."""
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


def _choose_publisher(page: WaitingPage, best: ReadingRef | None) -> str | None:
    """Return the engine that can publish the best reading so far, or None if `best` is None.

    This is the engine of the reading if the route has this engine, else the first engine of the route.
    """
    if best is None:
        return None
    return best.engine if best.engine in page.route else page.route[0]


def _assign_in_turn(page: WaitingPage, turn: int) -> Assignment:
    """Assign the engine at index `turn` of the page's route. After the last engine, start again with the first.

    The remaining route has the engines after the assigned engine, then those before it. From the second cycle on it is
    empty, so the engine publishes its reading even with a low confidence.
    """
    index = turn % len(page.route)
    remaining = (*page.route[index + 1 :], *page.route[:index])
    why = join_reasons(page.why, f"{page.route[index - 1]} did not answer" if index else "")
    return Assignment(engine=page.route[index], route=remaining if turn < len(page.route) else (), why=why)
