"""What is said about one page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import Field

from events import identity
from events.event import Confidence, Engine, Language, OfPage, Sha256, Value
from events.reasons import PageFailure

NonNegative = Annotated[float, Field(ge=0)]
#: Characters of reasons that an event carries: how they begin, and how they end.
_FIRST_WHY, _LAST_WHY = 300, 700


def because(*reasons: str) -> str:
    """Reasons as one, in order. Of very many, those in the middle are left out: first and last tell most."""
    told = "; ".join(reason for reason in reasons if reason)
    return told if len(told) <= _FIRST_WHY + _LAST_WHY else f"{told[:_FIRST_WHY]} … {told[-_LAST_WHY:]}"


class ReadingRef(Value):
    """Where a reading lies, and how sure its engine was."""

    engine: Engine
    engine_version: str
    confidence: Confidence
    dataref: str = Field(description="s3://bucket/key of the reading")


class Seconds(Value):
    """Where the time of a reading went."""

    waiting: NonNegative = Field(description="From the request to the start of its handling.")
    starting: NonNegative = Field(description="Fetching and rendering, before the engine could begin.")
    reading: NonNegative = Field(description="In the engine.")
    others: Mapping[Engine, NonNegative] = Field({}, description="In other engines that read the page, by their names.")


class PageRequested(OfPage):
    """A page waits for an engine. A routing slip: `route` holds the engines that come after this one."""

    TYPE: ClassVar[str] = "io.pagebus.page.requested.v1"

    sha256: Sha256
    media_type: str
    languages: tuple[Language, ...]
    engine: Engine
    route: tuple[Engine, ...] = ()
    why: str = Field(description="Why this engine.")
    min_confidence: Confidence
    consensus: bool = Field(default=False, description="Two engines are to read the page, and to vote on every word.")
    best: ReadingRef | None = Field(None, description="The best reading so far.")
    spent: Mapping[Engine, NonNegative] = Field({}, description="Seconds in engines that read the page before.")
    attempt: Annotated[int, Field(ge=1)] = 1
    bulk: bool = False
    requested_at: datetime

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(document=self.document, page=self.page, engine=self.engine, attempt=self.attempt)

    def passed_on(
        self, best: ReadingRef | None, *, why: str, now: datetime, spent: Mapping[str, float] | None = None
    ) -> Self:
        """The same page for the next engine of the route; without `spent`, the last one has spent nothing on it."""
        following, *rest = self.route
        update = {"engine": following, "route": tuple(rest), "best": best, "why": why, "requested_at": now}
        return self.model_copy(update={**update, "spent": self.spent if spent is None else spent})


class PageRecognized(OfPage):
    """A page has text."""

    TYPE: ClassVar[str] = "io.pagebus.page.recognized.v1"

    engine: Engine
    engine_version: str
    languages: tuple[Language, ...]
    text: str | None = Field(description="Up to 32 KiB of UTF-8; longer texts are at `dataref` only.")
    confidence: Confidence
    seconds: Seconds
    why: str = Field(description="Why this engine: what each of the route expected, and who was surest.")
    best_effort: bool = Field(description="Less sure than was asked for, and no engine of the route did better.")
    dataref: str = Field(description="s3://bucket/key of the reading: text, lines, words, boxes.")
    attempt: Annotated[int, Field(ge=1)] = 1

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(
            document=self.document,
            page=self.page,
            engine=f"{self.engine}-{self.engine_version}",
            parameters="+".join(self.languages),
            attempt=self.attempt,
        )


class PageFailed(OfPage):
    """A page has no text, and no engine of its route can change that."""

    TYPE: ClassVar[str] = "io.pagebus.page.failed.v1"

    reason: PageFailure
    message: str
    engine: Engine | None = None
    attempt: Annotated[int, Field(ge=1)] = 1

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(
            document=self.document,
            page=self.page,
            engine=self.engine or "",
            parameters=self.reason,
            attempt=self.attempt,
        )
