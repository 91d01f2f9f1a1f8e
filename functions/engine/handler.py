"""What an engine does with a page: read it, once; then say so, or pass it on to an engine that may do better."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested, ReadingRef, Seconds
from events.reasons import PageFailure
from functions.engine.pages import PageImage, Pages
from functions.engine.preparation.mapping import on_page
from functions.engine.reader import Reader
from functions.engine.routing.calibration import calibration_of
from functions.engine.routing.ink import with_ink
from functions.engine.routing.routing import Onward, after_reading, at_sight, calibrated
from functions.runtime.errors import Unavailable
from functions.runtime.reading import Reading
from functions.runtime.readings import Readings
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.telemetry.spans import span

log = structlog.get_logger()

#: Characters of reasons that an event carries.
_MOST_WHY = 1000
_ANOTHER_ENGINE_MAY = {PageFailure.UNSUPPORTED_LANGUAGE, PageFailure.ENGINE_FAILED}


class _Unread(Exception):  # noqa: N818  # it names the state of the page
    def __init__(self, reason: PageFailure, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


class _Elsewhere(Exception):  # noqa: N818  # it says where the page goes unread
    def __init__(self, onward: Onward) -> None:
        super().__init__(onward.why)
        self.onward = onward


class _Took(NamedTuple):
    waiting: float
    starting: float


def handle(  # noqa: PLR0913  # what an engine consists of
    request: PageRequested,
    *,
    reader: Reader,
    pages: Pages,
    readings: Readings,
    inline_text_bytes: int,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Event]:
    """Read the page, or find what was read. Raises Unavailable, and InvalidEvent for a reference to another page."""
    waiting = max(0.0, (now() - request.requested_at).total_seconds())
    try:
        mine, starting = _reading(request, reader, pages, readings)
    except _Elsewhere as elsewhere:
        return [_onward(request, request.best, elsewhere.onward, now())]
    except _Unread as unread:
        log.warning("page.unread", document=str(request.document), page=request.page, reason=unread.reason)
        if unread.reason in _ANOTHER_ENGINE_MAY and request.route:
            return [_onward(request, request.best, Onward(request.route, unread.message), now())]
        best = readings.behind(request, request.best) if request.best else None
        if best is None:
            return [_failed(request, unread)]
        return [_recognized(request, best, readings, _Took(waiting, 0.0), inline_text_bytes)]
    best = _surest(request, mine, readings)
    if onward := after_reading(request, mine, best, calibration_of(type(reader))):
        return [_onward(request, readings.reference(request, best), onward, now())]
    return [_recognized(request, best, readings, _Took(waiting, starting), inline_text_bytes)]


def _onward(request: PageRequested, best: ReadingRef | None, onward: Onward, now: datetime) -> PageRequested:
    """To the next engine that may do better. Reasons add up, so that the last event tells the whole way."""
    shortened = request.model_copy(update={"route": onward.route})
    return shortened.passed_on(best, why=f"{request.why}; {onward.why}"[:_MOST_WHY], now=now)


def _reading(request: PageRequested, reader: Reader, pages: Pages, readings: Readings) -> tuple[Reading, float]:
    """What this engine has to say, and the seconds before it could begin. Raises _Unread and _Elsewhere."""
    if missing := sorted(set(request.languages) - reader.languages):
        known = ", ".join(sorted(reader.languages))
        message = f"{reader.name} does not know {', '.join(missing)}; it knows {known}"
        raise _Unread(PageFailure.UNSUPPORTED_LANGUAGE, message)
    if kept := readings.find(request, reader.name, reader.version):
        return kept, 0.0
    begun = time.monotonic()
    try:
        image = pages.image(request)
    except DocumentProblem as problem:
        raise _Unread(_page_failure(problem.reason), problem.message) from problem
    starting = time.monotonic() - begun
    table = calibration_of(type(reader))
    if onward := at_sight(request, image.look, table):
        raise _Elsewhere(onward)
    return readings.keep(request, calibrated(_read(request, image, reader), image.look, table)), starting


def _read(request: PageRequested, image: PageImage, reader: Reader) -> Reading:
    try:
        with span("read", {"pagebus.engine": reader.name, "pagebus.pixels": len(image.raster.pixels)}):
            read = reader.read(image.raster, request.languages)
    except Unavailable:
        raise
    except Exception as error:
        # Its type only: an engine's own words may be the document's.
        log.warning("engine.failed", document=str(request.document), page=request.page, error=type(error).__name__)
        raise _Unread(PageFailure.ENGINE_FAILED, f"{reader.name} failed on the page") from error
    return on_page(with_ink(read, image), image)


def _surest(request: PageRequested, mine: Reading, readings: Readings) -> Reading:
    """Of two that are as sure, the later one: engines that cost more come later."""
    if request.best is None or request.best.confidence <= mine.confidence:
        return mine
    return readings.behind(request, request.best) or mine


def _recognized(
    request: PageRequested, best: Reading, readings: Readings, took: _Took, inline_text_bytes: int
) -> PageRecognized:
    log.info("page.recognized", document=str(request.document), page=request.page, seconds=best.seconds)
    own = best.engine == request.engine
    return PageRecognized(
        **request.place(),
        engine=best.engine,
        engine_version=best.engine_version,
        languages=best.languages,
        text=best.inline(inline_text_bytes),
        confidence=best.confidence,
        seconds=Seconds(waiting=took.waiting, starting=took.starting, reading=best.seconds),
        why=_why(request.why if own else f"{request.why}; surer than {request.engine}", best),
        best_effort=best.confidence < request.min_confidence,
        dataref=readings.reference(request, best).dataref,
        attempt=request.attempt,
    )


def _why(reason: str, best: Reading) -> str:
    """What was done to the page counts among the reasons."""
    return "; ".join((reason, *best.preparation.steps)) if best.preparation else reason


def _failed(request: PageRequested, unread: _Unread) -> PageFailed:
    return PageFailed(
        **request.place(),
        reason=unread.reason,
        message=unread.message,
        engine=request.engine,
        attempt=request.attempt,
    )


def _page_failure(reason: str) -> PageFailure:
    """Documents are opened with reasons of their own; and a job that its document took over may say anything."""
    if reason in PageFailure.__members__.values():
        return PageFailure(reason)
    damaged = {"damaged_pdf", "damaged_image", "password_required", "unsupported_type"}
    return PageFailure.DAMAGED_PAGE if reason in damaged else PageFailure.CRASHED
