"""Events about one page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import Field

from events import identity
from events.event import Confidence, EngineName, Language, PageEvent, PayloadModel, Sha256
from events.reasons import PageFailure

NonNegative = Annotated[float, Field(ge=0)]
#: Numbers of characters that `join_reasons` keeps at the start and at the end of a long text.
_START_LENGTH, _END_LENGTH = 300, 700


def join_reasons(*reasons: str) -> str:
    """Return the non-empty reasons in order, separated by "; ".

    A text of more than 1,000 characters loses its middle part: the first and the last reasons explain most.
    """
    text = "; ".join(reason for reason in reasons if reason)
    return text if len(text) <= _START_LENGTH + _END_LENGTH else f"{text[:_START_LENGTH]} … {text[-_END_LENGTH:]}"


class ReadingRef(PayloadModel):
    """Reference to a stored reading, with its engine and confidence."""

    engine: EngineName
    engine_version: str
    confidence: Confidence
    dataref: str = Field(description="Location of the reading, as s3://bucket/key.")


class Seconds(PayloadModel):
    """Durations of the parts of a reading, in seconds."""

    waiting: NonNegative = Field(description="Time from the last request for the page to the start of its handling.")
    starting: NonNegative = Field(description="Time to fetch the document, and to render and correct the page.")
    reading: NonNegative = Field(description="Time in the engine, or in both engines of a consensus.")
    others: Mapping[EngineName, NonNegative] = Field(
        {}, description="Time in other engines that tried to read the page, by engine."
    )


class PageRequested(PageEvent):
    """A request to an engine to read a page. It is a routing slip: `route` lists the next engines."""

    TYPE: ClassVar[str] = "io.pagebus.page.requested.v1"

    sha256: Sha256
    media_type: str
    languages: tuple[Language, ...]
    engine: EngineName
    route: tuple[EngineName, ...] = ()
    why: str = Field(description="Why this engine was chosen.")
    min_confidence: Confidence
    consensus: bool = Field(default=False, description="Whether two engines read the page and vote on every word.")
    best: ReadingRef | None = Field(None, description="The best reading so far.")
    spent: Mapping[EngineName, NonNegative] = Field(
        {}, description="Seconds in engines that have tried to read the page before, by engine."
    )
    attempt: Annotated[int, Field(ge=1)] = 1
    bulk: bool = False
    requested_at: datetime

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(document=self.document, page=self.page, engine=self.engine, attempt=self.attempt)

    def forward_to_next_engine(
        self, best: ReadingRef | None, *, why: str, now: datetime, spent: Mapping[str, float] | None = None
    ) -> Self:
        """Return a request for the same page to the next engine of the route. The route must not be empty.

        `spent` has the seconds in each engine so far; None leaves them unchanged.
        """
        next_engine, *remaining_engines = self.route
        update = {
            "engine": next_engine,
            "route": tuple(remaining_engines),
            "best": best,
            "why": why,
            "requested_at": now,
        }
        return self.model_copy(update={**update, "spent": self.spent if spent is None else spent})


class PageRecognized(PageEvent):
    """The result of a page that was read."""

    TYPE: ClassVar[str] = "io.pagebus.page.recognized.v1"

    engine: EngineName
    engine_version: str
    languages: tuple[Language, ...]
    text: str | None = Field(description="Text of up to 32 KiB in UTF-8. A longer text is only at `dataref`.")
    confidence: Confidence
    seconds: Seconds
    why: str = Field(
        description="Why this reading was chosen, with the expected accuracy of each engine that read the page."
    )
    best_effort: bool = Field(
        description="Whether the confidence is below the requested minimum and no engine of the route did better."
    )
    dataref: str = Field(description="Location of the reading (text, lines, words, boxes), as s3://bucket/key.")
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


class PageFailed(PageEvent):
    """The result of a page that could not be read."""

    TYPE: ClassVar[str] = "io.pagebus.page.failed.v1"

    reason: PageFailure
    message: str
    engine: EngineName | None = None
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
