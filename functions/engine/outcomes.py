"""What an engine says of a page: its text, that it has none, or whose turn it is next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from events.page import PageFailed, PageRecognized, PageRequested, ReadingRef, because
from functions.engine.attempt import Unread
from functions.engine.consensus.joining import told
from functions.engine.routing.routing import Onward
from functions.reading.reading import Reading
from functions.reading.store import Readings

log = structlog.get_logger()

#: Seconds by the engines that spent them.
Spent = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """To one request, taken up at `began`. Texts of more than `inline_text_bytes` stay where they are kept."""

    request: PageRequested
    readings: Readings
    inline_text_bytes: int
    began: datetime
    now: Callable[[], datetime]

    def spent(self, engine: str, seconds: float) -> Spent:
        """With what this engine spent. One that is asked again finds its reading: what that took counts once."""
        return {**self.request.spent, engine: seconds} if seconds else self.request.spent

    def onward(self, best: ReadingRef | None, to: Onward, spent: Spent) -> PageRequested:
        """To the next engine that may do better. Reasons add up, so that the last event tells the whole way."""
        shortened = self.request.model_copy(update={"route": to.route})
        return shortened.passed_on(best, why=because(self.request.why, to.why), now=self.now(), spent=spent)

    def recognized(self, best: Reading, why: str, spent: Spent, starting: float = 0.0) -> PageRecognized:
        """The page has text. What was done to it before it was read counts among the reasons."""
        request = self.request
        log.info("page.recognized", document=str(request.document), page=request.page, seconds=best.seconds)
        steps = best.preparation.steps if best.preparation else ()
        return PageRecognized(
            **request.place(),
            **best.told(self.inline_text_bytes),
            seconds=best.cost(request.requested_at, self.began, spent, starting),
            why=because(request.why, why, told(request, best), *steps),
            best_effort=best.confidence < request.min_confidence,
            dataref=self.readings.reference(request, best).dataref,
            attempt=request.attempt,
        )

    def failed(self, unread: Unread) -> PageFailed:
        """Neither this engine nor one before it has read the page, and none comes after it."""
        return PageFailed(
            **self.request.place(),
            reason=unread.reason,
            message=unread.message,
            engine=self.request.engine,
            attempt=self.request.attempt,
        )
