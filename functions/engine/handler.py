"""What an engine does with a page: read it, once; then say so, or pass it on to an engine that may do better."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from events.event import Event
from events.page import PageRequested, because
from events.reasons import PageFailure
from functions.engine.attempt import Attempts, Elsewhere, Unread
from functions.engine.consensus.joining import joined
from functions.engine.outcomes import Answers
from functions.engine.pages import Pages
from functions.engine.reader import Reader
from functions.engine.routing.calibration import calibration_of
from functions.engine.routing.routing import Onward, after_reading, why_taken
from functions.reading.reading import Reading
from functions.reading.store import Readings

log = structlog.get_logger()

_ANOTHER_ENGINE_MAY = {PageFailure.UNSUPPORTED_LANGUAGE, PageFailure.ENGINE_FAILED}


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
    answers = Answers(request=request, readings=readings, inline_text_bytes=inline_text_bytes, began=now(), now=now)
    attempts = Attempts(reader, calibration_of(type(reader)), pages, readings)
    try:
        mine, starting = attempts.at(request)
    except Elsewhere as elsewhere:
        return [answers.onward(request.best, elsewhere.onward, request.spent)]
    except Unread as unread:
        log.warning("page.unread", document=str(request.document), page=request.page, reason=unread.reason)
        return [_without(unread, answers)]
    best, spent = _best(request, mine, readings), answers.spent(mine.engine, mine.seconds)
    if onward := after_reading(request, mine, best, attempts.table):
        return [answers.onward(readings.reference(request, best), onward, spent)]
    return [answers.recognized(best, why_taken(request, mine, best), spent, starting)]


def _without(unread: Unread, answers: Answers) -> Event:
    """What becomes of a page that this engine has not read: another one's turn, the best so far, or no text."""
    request, why = answers.request, unread.message.rstrip(".")
    spent = answers.spent(request.engine, unread.seconds)
    if unread.reason in _ANOTHER_ENGINE_MAY and request.route:
        return answers.onward(request.best, Onward(request.route, why), spent)
    best = answers.readings.behind(request, request.best) if request.best else None
    if best is None:
        return answers.failed(unread)
    return answers.recognized(best, because(why, f"{best.engine} has the best reading"), spent)


def _best(request: PageRequested, mine: Reading, readings: Readings) -> Reading:
    """Of two that are as sure, the later one: engines that cost more come later."""
    if request.consensus:
        return joined(request, mine, readings)
    if request.best is None or request.best.confidence <= mine.confidence:
        return mine
    return readings.behind(request, request.best) or mine
