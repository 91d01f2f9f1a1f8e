"""Decisions about the route of a page: read it here, pass it on, or accept the result. Each comes with its reason."""

from typing import NamedTuple

from events.page import PageRequested, join_reasons
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.routing.calibration import Calibration, Curve, collect_page_signals
from functions.reading.reading import Reading

#: An engine does not read a page if it expects a smaller share of correct characters than this.
_MIN_WORTH_READING = 0.5
#: Another engine must be expected to get at least this much more of the characters right.
_MIN_IMPROVEMENT = 0.005


class PagePassedOn(NamedTuple):
    """A decision to leave a page to other engines: their names in order, and the reason."""

    route: tuple[str, ...]
    why: str


def route_before_reading(
    request: PageRequested, measurements: PageMeasurements, calibration: Calibration | None
) -> PagePassedOn | None:
    """Return the next engines for a page that this engine would read badly, or None to read the page.

    To read a hopeless page takes as long as to read a good one.
    """
    if request.consensus or not request.route or calibration is None or calibration.before_reading is None:
        return None
    expected = calibration.before_reading.predict(collect_page_signals(measurements))
    if expected is None or expected >= _MIN_WORTH_READING:
        return None
    return PagePassedOn(request.route, f"{request.engine} expects only {expected:.0%} of such a page to be right")


def route_after_reading(
    request: PageRequested, reading: Reading, best: Reading, calibration: Calibration | None
) -> PagePassedOn | None:
    """Return the next engines for a page, or None if `best`, the best reading so far, is the result.

    `reading` is the one of this engine. Engines that it does not expect to do better leave the route.
    """
    if request.consensus:
        return _route_to_second_engine(request, reading, best)
    if best.confidence >= request.min_confidence:
        return None
    curves = calibration.other_engines if calibration else {}
    route = tuple(engine for engine in request.route if _may_do_better(curves.get(engine), reading, best.confidence))
    return PagePassedOn(route, _describe_expectation(request, reading)) if route else None


def _route_to_second_engine(request: PageRequested, reading: Reading, best: Reading) -> PagePassedOn | None:
    """Return the next engines if `best` is no consensus yet. The confidence of the first engine does not matter."""
    if best.made_of or not request.route:
        return None
    why = join_reasons(_describe_expectation(request, reading), "a consensus needs two engines")
    return PagePassedOn(request.route, why)


def _may_do_better(curve: Curve | None, reading: Reading, confidence: float) -> bool:
    """Return whether an engine may exceed `confidence`. Without a curve it may, because its results are unknown."""
    expected = curve.predict(reading.signals) if curve else None
    return expected is None or expected >= confidence + _MIN_IMPROVEMENT


def explain_result(request: PageRequested, reading: Reading, best: Reading) -> str:
    """Return the reasons for `best` as the result of the page. `reading` is the one of the last engine."""
    is_below_minimum = best.confidence < request.min_confidence and request.route and not request.consensus
    no_better_engine = f"{', '.join(request.route)} not expected to do better" if is_below_minimum else ""
    return join_reasons(
        _describe_expectation(request, reading), _compare_with_earlier(request, reading, best), no_better_engine
    )


def _describe_expectation(request: PageRequested, reading: Reading) -> str:
    wanted = f", {request.min_confidence:.0%} wanted" if reading.confidence < request.min_confidence else ""
    return f"{reading.engine} expects {reading.confidence:.0%} to be right{wanted}"


def _compare_with_earlier(request: PageRequested, reading: Reading, best: Reading) -> str:
    """Return how the reading compares with the best one before it; empty if there is none or a consensus has both."""
    earlier = None if request.consensus else request.best
    if earlier and best.engine != reading.engine:
        return f"{best.engine} is more confident"
    if earlier is None or earlier.engine == reading.engine:
        return ""
    if earlier.confidence > reading.confidence:
        return f"the reading of {earlier.engine} is gone"
    return f"{reading.engine} is {'more' if earlier.confidence < reading.confidence else 'equally'} confident"
