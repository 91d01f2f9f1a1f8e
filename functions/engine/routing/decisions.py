"""Decisions about the route of a page: read the page, pass it on, or accept the result. Each decision has a reason."""

from typing import NamedTuple

from events.page import PageRequested, join_reasons
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.routing.calibration import Calibration, Curve, collect_page_signals
from functions.reading.reading import Reading

#: The smallest expected share of correct characters with which an engine reads a page.
_MIN_WORTH_READING = 0.5
#: The smallest expected improvement by another engine, as a share of the characters.
_MIN_IMPROVEMENT = 0.005


class PagePassedOn(NamedTuple):
    """A decision to pass a page on: the names of the next engines in order, and the reason."""

    route: tuple[str, ...]
    why: str


def route_before_reading(
    request: PageRequested, measurements: PageMeasurements, calibration: Calibration | None
) -> PagePassedOn | None:
    """Return the next engines for a page that this engine would read badly, or None to read the page.

    This saves time, because a page with a bad result takes as long as a page with a good result.
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

    `reading` is the reading of this engine. Engines without an expected improvement leave the route.
    """
    if request.consensus:
        return _route_to_second_engine(request, reading, best)
    if best.confidence >= request.min_confidence:
        return None
    curves = calibration.other_engines if calibration else {}
    route = tuple(engine for engine in request.route if _may_do_better(curves.get(engine), reading, best.confidence))
    return PagePassedOn(route, _describe_expectation(request, reading)) if route else None


def _route_to_second_engine(request: PageRequested, reading: Reading, best: Reading) -> PagePassedOn | None:
    """Return the next engines if `best` is not a consensus yet, even if the first engine is confident."""
    if best.made_of or not request.route:
        return None
    why = join_reasons(_describe_expectation(request, reading), "a consensus needs two engines")
    return PagePassedOn(request.route, why)


def _may_do_better(curve: Curve | None, reading: Reading, confidence: float) -> bool:
    """Return whether another engine may exceed `confidence`. Return True if the curve or a signal is missing."""
    expected = curve.predict(reading.signals) if curve else None
    return expected is None or expected >= confidence + _MIN_IMPROVEMENT


def explain_result(request: PageRequested, reading: Reading, best: Reading) -> str:
    """Return the reasons for `best` as the result of the page. `reading` is the reading of the last engine."""
    is_below_minimum = best.confidence < request.min_confidence and request.route and not request.consensus
    no_better_engine = f"{', '.join(request.route)} not expected to do better" if is_below_minimum else ""
    return join_reasons(
        _describe_expectation(request, reading), _compare_with_earlier(request, reading, best), no_better_engine
    )


def _describe_expectation(request: PageRequested, reading: Reading) -> str:
    minimum = f", {request.min_confidence:.0%} wanted" if reading.confidence < request.min_confidence else ""
    return f"{reading.engine} expects {reading.confidence:.0%} to be right{minimum}"


def _compare_with_earlier(request: PageRequested, reading: Reading, best: Reading) -> str:
    """Return the comparison of a reading with the best earlier reading.

    The text is empty for a consensus, or if there is no earlier reading of another engine.
    """
    earlier = None if request.consensus else request.best
    if earlier and best.engine != reading.engine:
        return f"{best.engine} is more confident"
    if earlier is None or earlier.engine == reading.engine:
        return ""
    if earlier.confidence > reading.confidence:
        return f"the reading of {earlier.engine} is gone"
    return f"{reading.engine} is {'more' if earlier.confidence < reading.confidence else 'equally'} confident"
