"""What an engine does with a page: read it, once; then say so, or pass it on to an engine that may do better."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested, Seconds
from events.reasons import PageFailure
from functions.engine.pages import Pages
from functions.engine.preparation.mapping import on_page
from functions.engine.reader import Reader
from functions.runtime.errors import Unavailable
from functions.runtime.reading import Reading
from functions.runtime.readings import Readings
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.telemetry.spans import span

log = structlog.get_logger()

_ANOTHER_ENGINE_MAY = {PageFailure.UNSUPPORTED_LANGUAGE, PageFailure.ENGINE_FAILED}


class _Unread(Exception):  # noqa: N818  # it names the state of the page
    def __init__(self, reason: PageFailure, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


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
    except _Unread as unread:
        log.warning("page.unread", document=str(request.document), page=request.page, reason=unread.reason)
        if unread.reason in _ANOTHER_ENGINE_MAY and request.route:
            return [request.passed_on(request.best, why=unread.message, now=now())]
        best = readings.behind(request, request.best) if request.best else None
        if best is None:
            return [_failed(request, unread)]
        return [_recognized(request, best, readings, _Took(waiting, 0.0), inline_text_bytes)]
    best = _surest(request, mine, readings)
    if best.confidence < request.min_confidence and request.route:
        why = f"{reader.name} was sure of {mine.confidence:.2f} only"
        return [request.passed_on(readings.reference(request, best), why=why, now=now())]
    return [_recognized(request, best, readings, _Took(waiting, starting), inline_text_bytes)]


def _reading(request: PageRequested, reader: Reader, pages: Pages, readings: Readings) -> tuple[Reading, float]:
    """What this engine has to say, and the seconds before it could begin. Raises _Unread."""
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
    try:
        with span("read", {"pagebus.engine": reader.name, "pagebus.pixels": len(image.raster.pixels)}):
            read = on_page(reader.read(image.raster, request.languages), image)
    except Unavailable:
        raise
    except Exception as error:
        # Its type only: an engine's own words may be the document's.
        log.warning("engine.failed", document=str(request.document), page=request.page, error=type(error).__name__)
        raise _Unread(PageFailure.ENGINE_FAILED, f"{reader.name} failed on the page") from error
    return readings.keep(request, read), starting


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
        why=_why(request.why if own else f"surer than {request.engine}", best),
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
