"""What becomes of a page: read here, read elsewhere, or good enough. Pure decisions, each with its reason in words."""

from typing import NamedTuple

from events.page import PageRequested, because
from functions.engine.preparation.look import Look
from functions.engine.routing.calibration import Calibration, Curve
from functions.engine.routing.signals import seen, signals
from functions.reading.reading import Reading

#: A page of which less than this is expected to be right is not worth the seconds here.
_HOPELESS = 0.5
#: Another engine is to make this much more of the page right, as a share of its characters.
_WORTH = 0.005


class Onward(NamedTuple):
    """The engines to ask, in order, and why."""

    route: tuple[str, ...]
    why: str


def calibrated(reading: Reading, look: Look, table: Calibration | None) -> Reading:
    """The reading with its signals, and sure of itself as its engine's table says; without one as the engine is."""
    found = signals(reading, look)
    expected = table.read.expected(found) if table and found else None
    confidence = reading.confidence if expected is None else expected
    return reading.model_copy(update={"signals": {**reading.signals, **found}, "confidence": confidence})


def recalibrated(kept: Reading, table: Calibration | None) -> Reading:
    """A kept reading, as sure as the table of today says of its signals; where they tell nothing, as it was kept.

    No version names the table by which it was kept, and only what comes from one table can be compared.
    """
    expected = table.read.expected(kept.signals) if table else None
    return kept if expected is None else kept.model_copy(update={"confidence": expected})


def at_sight(request: PageRequested, look: Look, table: Calibration | None) -> Onward | None:
    """Where the page goes without being read here, which takes as long on a hopeless page; None to read it."""
    if request.consensus or not request.route or table is None or table.at_sight is None:
        return None
    expected = table.at_sight.expected(seen(look))
    if expected is None or expected >= _HOPELESS:
        return None
    return Onward(request.route, f"{request.engine} would get about {expected:.0%} of such a page right")


def after_reading(request: PageRequested, mine: Reading, best: Reading, table: Calibration | None) -> Onward | None:
    """Where the page goes after reading; None when the best reading so far is the one to take."""
    if request.consensus:
        return _to_a_second(request, mine, best)
    if best.confidence >= request.min_confidence:
        return None
    others = table.others if table else {}
    route = tuple(engine for engine in request.route if _may_do_better(others.get(engine), mine, best.confidence))
    if not route:
        return None
    return Onward(route, expectation(request, mine))


def _to_a_second(request: PageRequested, mine: Reading, best: Reading) -> Onward | None:
    """However sure the first engine is: what both of them are sure of is surer."""
    if best.made_of or not request.route:
        return None
    return Onward(request.route, because(expectation(request, mine), "two are to read it"))


def expectation(request: PageRequested, mine: Reading) -> str:
    """How good this engine thinks its reading, and whether that is enough."""
    wanted = f", {request.min_confidence:.0%} wanted" if mine.confidence < request.min_confidence else ""
    return f"{mine.engine} expects {mine.confidence:.0%} to be right{wanted}"


def why_taken(request: PageRequested, mine: Reading, best: Reading) -> str:
    """Why the best reading is the page's: what the last engine expects, who is surer, and that nobody else may be."""
    unsure = best.confidence < request.min_confidence and request.route and not request.consensus
    nobody = f"{', '.join(request.route)} not expected to do better" if unsure else ""
    return because(expectation(request, mine), _surer(request, mine, best), nobody)


def _surer(request: PageRequested, mine: Reading, best: Reading) -> str:
    """Nothing where there is no other reading to compare with, or where it has become a part of this one."""
    before = None if request.consensus else request.best
    if before and best.engine != mine.engine:
        return f"{best.engine} is surer"
    if before is None or before.engine == mine.engine:
        return ""
    if before.confidence > mine.confidence:
        return f"the reading of {before.engine} is gone"
    return f"{mine.engine} is {'surer' if before.confidence < mine.confidence else 'as sure'}"


def _may_do_better(curve: Curve | None, mine: Reading, reached: float) -> bool:
    """Of an engine that the table does not know nobody can say that it will not."""
    expected = curve.expected(mine.signals) if curve else None
    return expected is None or expected >= reached + _WORTH
