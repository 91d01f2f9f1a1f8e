"""The handler of page requests: read the page once, then publish its text or pass the page on to the next engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested, ReadingRef, join_reasons
from events.reasons import PageFailure
from functions.engine.consensus.consensus import describe_consensus, find_or_build_consensus
from functions.engine.engine import Engine, PageRead, ReadFailed, ReadOutcome
from functions.engine.routing.decisions import PagePassedOn, explain_result, route_after_reading
from functions.reading.reading import Reading
from functions.reading.store import ReadingStore
from functions.runtime.log import get_logger

log = get_logger()

#: Reasons for failures after which another engine may succeed.
_RETRIED_BY_NEXT_ENGINE = {PageFailure.UNSUPPORTED_LANGUAGE, PageFailure.ENGINE_FAILED}


def handle_page_request(
    request: PageRequested,
    *,
    engine: Engine,
    readings: ReadingStore,
    inline_text_bytes: int,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Event]:
    """Read one page, or pass it on to the next engine if the result is not confident enough.

    Raise Unavailable if a dependency is down, and InvalidEvent if `request.best` refers to another page.
    """
    events = _EventBuilder(request, readings, inline_text_bytes, started_at=now(), now=now)
    match _find_or_read(request, engine, readings):
        case ReadFailed() as failure:
            return [_handle_failure(failure, events)]
        case PagePassedOn() as passed_on:
            return [events.build_next_request(request.best, passed_on, request.spent)]
        case PageRead(reading, preparation_seconds):
            best = _combine_with_earlier(request, reading, readings)
            spent = _add_seconds(request.spent, reading.engine, reading.seconds)
            if next_route := route_after_reading(request, reading, best, engine.calibration):
                return [events.build_next_request(readings.make_reference(request, best), next_route, spent)]
            why = explain_result(request, reading, best)
            return [events.build_recognized(best, why, spent, preparation_seconds)]


def _find_or_read(request: PageRequested, engine: Engine, readings: ReadingStore) -> ReadOutcome:
    """Return this engine's stored reading of the page. If there is none, read the page and store the reading."""
    if failure := engine.check_languages(request.languages):
        return failure
    if stored := readings.find(request, engine.name, engine.version):
        return PageRead(engine.recalibrate(stored))
    outcome = engine.read_page(request)
    if isinstance(outcome, PageRead):
        # If another replica stored its reading first, that reading is the result for both.
        stored = readings.save_if_absent(request, outcome.reading)
        return replace(outcome, reading=engine.recalibrate(stored))
    return outcome


def _combine_with_earlier(request: PageRequested, reading: Reading, readings: ReadingStore) -> Reading:
    """Return the consensus with an earlier reading if the request asks for a consensus, else the better reading.

    Of two readings with equal confidence, the later one counts as better: a route begins with the cheapest engine, and
    a later engine is usually more accurate.
    """
    if request.consensus:
        return find_or_build_consensus(request, reading, readings)
    if request.best is None or request.best.confidence <= reading.confidence:
        return reading
    return readings.load_ref(request, request.best) or reading


def _handle_failure(failure: ReadFailed, events: "_EventBuilder") -> Event:
    """Return the event for a page that this engine could not read.

    The next engine gets the page if another engine may succeed. Otherwise the best earlier reading is the result. If
    there is none, the page has failed.
    """
    request, why = events.request, failure.message.rstrip(".")
    log.warning("page.read_failed", document=str(request.document), page=request.page, reason=failure.reason)
    spent = _add_seconds(request.spent, request.engine, failure.seconds)
    if failure.reason in _RETRIED_BY_NEXT_ENGINE and request.route:
        return events.build_next_request(request.best, PagePassedOn(request.route, why), spent)
    best = events.readings.load_ref(request, request.best) if request.best else None
    if best is None:
        return events.build_failed(failure)
    return events.build_recognized(best, join_reasons(why, f"{best.engine} has the best reading"), spent)


def _add_seconds(spent: Mapping[str, float], engine: str, seconds: float) -> Mapping[str, float]:
    """Return the seconds by engine, with `seconds` for this engine. Its seconds count once, even after a redelivery."""
    return {**spent, engine: seconds} if seconds else spent


@dataclass(frozen=True)
class _EventBuilder:
    """A builder of the events that answer one request. Events do not contain texts above `inline_text_bytes`."""

    request: PageRequested
    readings: ReadingStore
    inline_text_bytes: int
    started_at: datetime
    now: Callable[[], datetime]

    def build_next_request(
        self, best: ReadingRef | None, passed_on: PagePassedOn, spent: Mapping[str, float]
    ) -> PageRequested:
        """Return the request for the next engine. It repeats the earlier reasons, so the last event has all reasons."""
        request = self.request.model_copy(update={"route": passed_on.route})
        why = join_reasons(request.why, passed_on.why)
        return request.forward_to_next_engine(best, why=why, now=self.now(), spent=spent)

    def build_recognized(
        self, best: Reading, why: str, spent: Mapping[str, float], preparation_seconds: float = 0.0
    ) -> PageRecognized:
        """Return the event with the text of the page. Its reasons include the corrections of the page image."""
        request = self.request
        log.info("page.recognized", document=str(request.document), page=request.page, seconds=best.seconds)
        agreement = describe_consensus(best) if request.consensus or best.made_of else ""
        corrections = best.preparation.steps if best.preparation else ()
        return PageRecognized(
            **request.page_fields,
            **best.as_event_fields(self.inline_text_bytes),
            seconds=best.as_page_seconds(request.requested_at, self.started_at, spent, preparation_seconds),
            why=join_reasons(request.why, why, agreement, *corrections),
            best_effort=best.confidence < request.min_confidence,
            dataref=self.readings.make_reference(request, best).dataref,
            attempt=request.attempt,
        )

    def build_failed(self, failure: ReadFailed) -> PageFailed:
        """Return the event for a page that no engine of its route has read."""
        return PageFailed(
            **self.request.page_fields,
            reason=failure.reason,
            message=failure.message,
            engine=self.request.engine,
            attempt=self.request.attempt,
        )
