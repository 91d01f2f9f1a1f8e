"""What is said about a document, from its upload to its end."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, ConfigDict, Field

from events import identity
from events.event import (
    LARGEST,
    Confidence,
    Engine,
    Event,
    Language,
    OfDocument,
    PageCount,
    PageNumber,
    Sha256,
    Storable,
    Value,
)
from events.reasons import DocumentFailure, PageFailure, Rejection


class OutputFormat(StrEnum):
    """What assembly can write."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


# Lists become part of names in the store and are repeated for every page of a plan.
_FEW = Field(min_length=1, max_length=10)


def _is_none(value: object) -> bool:
    return value is None


class Options(Value):
    """What the uploader wishes. Strangers write this by hand, so a misspelt wish is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")

    languages: Annotated[tuple[Language, ...], _FEW] | None = None
    engines: Annotated[tuple[Engine, ...], _FEW] | None = Field(None, description="The route, in order.")
    outputs: Annotated[tuple[OutputFormat, ...], _FEW] | None = None
    min_confidence: Confidence | None = None
    consensus: bool | None = Field(
        None, exclude_if=_is_none, description="Whether two engines read every page, and vote on every word."
    )
    callback: Annotated[str, Field(pattern=r"^https://[!-~]+$")] | None = Field(
        None, description="Not made yet: a document that asks for one is rejected."
    )
    run: Annotated[
        int, Field(ge=0, le=LARGEST, description="Another number asks for a fresh reading of the same bytes.")
    ] = 0


class DocumentUploaded(Event):
    """An object waits to be read. Anyone may say so."""

    TYPE: ClassVar[str] = "io.pagebus.document.uploaded.v1"
    model_config = ConfigDict(extra="forbid")

    bucket: Annotated[Storable, Field(min_length=1)]
    key: Annotated[Storable, Field(min_length=1, description="Decoded: as the object is called in the bucket.")]
    version_id: Storable | None = Field(None, description="Pins the read where the bucket is versioned.")
    etag: Storable | None = Field(None, description="Without quotes.")
    options: Options = Options()
    first_page: PageNumber = Field(1, description="Where to go on with a long document; intake sends itself the rest.")
    pages: PageCount | None = Field(None, description="How many pages the document has, when this is the rest of one.")
    uploaded_at: AwareDatetime | None = Field(
        None, exclude_if=_is_none, description="When the object came; else when this event was sent."
    )

    @property
    def identity(self) -> identity.Identity:
        wishes = self.options.model_dump_json(exclude_defaults=True)
        parameters = f"{self.bucket}/{self.key}/{self.version_id}/{self.etag}/{wishes}/{self.first_page}"
        return identity.Identity(parameters=parameters)


class PagePlan(Value):
    """How one page is to be read."""

    page: PageNumber
    route: tuple[Engine, ...] = Field(description="Engines in order; empty when the text layer is trusted.")
    why: str


class DocumentAccepted(OfDocument):
    """The document is readable. The plan covers pages from `first_page`; long documents say more in later events."""

    TYPE: ClassVar[str] = "io.pagebus.document.accepted.v1"

    sha256: Sha256
    media_type: str
    size: Annotated[int, Field(ge=1, description="Bytes.")]
    pages: PageCount
    first_page: PageNumber
    plan: tuple[PagePlan, ...]
    languages: tuple[Language, ...]
    engines: tuple[Engine, ...] | None = Field(None, description="The route that was asked for, if one was.")
    outputs: tuple[OutputFormat, ...]
    min_confidence: Confidence
    consensus: bool = Field(default=False, description="Two engines read every page, and vote on every word.")
    bulk: bool = Field(description="Read on the lane for long documents.")
    callback: str | None = None

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(document=self.document, page=self.first_page)


class DocumentRejected(OfDocument):
    """The document cannot be read, whoever tries."""

    TYPE: ClassVar[str] = "io.pagebus.document.rejected.v1"

    reason: Rejection
    message: str = Field(description="For people: what is wrong and what to do.")


class DocumentRecognized(OfDocument):
    """Every page has an outcome: the document can be put together."""

    TYPE: ClassVar[str] = "io.pagebus.document.recognized.v1"

    sha256: Sha256
    pages: PageCount
    outputs: tuple[OutputFormat, ...]


class Output(Value):
    """One file that assembly wrote."""

    format: OutputFormat
    dataref: str = Field(description="s3://bucket/key")
    media_type: str
    size: Annotated[int, Field(ge=0, description="Bytes.")]


class DocumentAssembled(OfDocument):
    """The outputs lie in the results bucket."""

    TYPE: ClassVar[str] = "io.pagebus.document.assembled.v1"

    outputs: tuple[Output, ...]


class FailedPage(Value):
    """A page of a finished document that has no text."""

    page: PageNumber
    reason: PageFailure


class DocumentCompleted(OfDocument):
    """The end of a document that was read. `failed_pages` says what is missing."""

    TYPE: ClassVar[str] = "io.pagebus.document.completed.v1"

    pages: PageCount
    failed_pages: tuple[FailedPage, ...]
    confidence: Confidence = Field(description="Mean over the recognized pages.")
    engine_seconds: Annotated[float, Field(ge=0, description="Spent reading, over all pages.")]
    outputs: tuple[Output, ...]


class DocumentFailed(OfDocument):
    """The end of an accepted document that has no text."""

    TYPE: ClassVar[str] = "io.pagebus.document.failed.v1"

    reason: DocumentFailure
    message: str


class DocumentCancelled(OfDocument):
    """The end of a document that somebody no longer wants."""

    TYPE: ClassVar[str] = "io.pagebus.document.cancelled.v1"


class DocumentErased(OfDocument):
    """Proof that everything known about a document has been removed."""

    TYPE: ClassVar[str] = "io.pagebus.document.erased.v1"

    erased_at: datetime
    objects: Annotated[int, Field(ge=0, description="Objects removed from both buckets.")]
    rows: Annotated[int, Field(ge=0, description="Rows removed from PostgreSQL.")]
