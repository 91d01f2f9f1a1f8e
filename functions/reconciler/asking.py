"""Which engine a waiting page is asked of: along its route, past those that do not answer. No input or output here.

An engine that answers reads the page or passes it on, and one that has read it finds its reading at once. So a page
that still waits, waits for an engine that is down or for a request that was lost; asking again reads nothing twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from events.page import PageRequested, ReadingRef, because
from functions.reconciler.best import Best


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A page that an engine was asked for, `attempts` times. `refused`: dead letters, and not for want of an engine.

    `undelivered` is the last request that no engine took: it knows how far the page came, and its best reading so far.
    `best` is a reading that the store has, looked up where nobody is asked for the page any more.
    """

    page: int
    route: list[str]
    why: str
    attempts: int
    refused: int
    undelivered: PageRequested | None = None
    best: Best | None = None


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Whom to ask, who comes after, what the best reading is so far, and what engines have spent on the page."""

    engine: str
    route: tuple[str, ...]
    why: str
    best: ReadingRef | None = None
    spent: Mapping[str, float] = field(default_factory=dict)


def within_reach(page: Waiting, engines: Collection[str]) -> Waiting:
    """Without engines that are no more: what is said to them cannot be said."""
    route = [engine for engine in page.route if engine in engines]
    last = page.undelivered
    if last:
        last = last.model_copy(update={"route": tuple(engine for engine in last.route if engine in engines)})
    return replace(page, route=route, undelivered=last)


def asking(page: Waiting, attempts_before_others: int) -> Asking:
    """Where the last request came back, go on from there; where nobody knows what became of it, ask in turn.

    The page's route must have an engine.
    """
    last = page.undelivered
    if last is None or last.attempt != page.attempts:
        return _in_turn(page, max(0, page.attempts - attempts_before_others + 1))
    if last.route:
        following, *rest = last.route
        why = because(last.why, f"{last.engine} did not answer")
        return Asking(engine=following, route=tuple(rest), why=why, best=last.best, spent=last.spent)
    keeper = _keeper(page, last.best)
    if keeper not in {None, last.engine}:
        # It finds its reading, and with nobody left to pass the page on to, the best reading is the result.
        why = because(last.why, f"{last.engine}, the last on the route, did not answer")
        return Asking(engine=str(keeper), route=(), why=why, best=last.best, spent=last.spent)
    return replace(_in_turn(page, page.attempts), best=last.best, spent=last.spent)


def _keeper(page: Waiting, best: ReadingRef | None) -> str | None:
    """Whoever can say the best reading: its engine, or any of the route where that engine is not on it."""
    if best is None:
        return None
    return best.engine if best.engine in page.route else page.route[0]


def _in_turn(page: Waiting, turn: int) -> Asking:
    """Each engine of the route in turn; whoever was passed over comes last.

    Once all had their turn, each is asked alone: a reading that it is not sure of is better than none.
    """
    first = turn % len(page.route)
    following = (*page.route[first + 1 :], *page.route[:first])
    why = because(page.why, f"{page.route[first - 1]} did not answer" if first else "")
    return Asking(engine=page.route[first], route=following if turn < len(page.route) else (), why=why)
