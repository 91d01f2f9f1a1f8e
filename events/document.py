"""Events about a document, from its upload to its end."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, ConfigDict, Field

from events import identity
from events.event import (
    MAX_POSTGRES_INTEGER,
    Confidence,
    DocumentEvent,
    EngineName,
    Event,
    Language,
    PageCount,
    PageNumber,
    PayloadModel,
    Sha256,
    Storable,
)
from events.reasons import DocumentFailure, PageFailure, Rejection


class OutputFormat(StrEnum):
    """Format of a file that assembly writes."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


# Lists in options are short: languages become part of S3 keys, and a plan repeats the engines for every page.
_SHORT_LIST = Field(min_length=1, max_length=10)


def _is_none(value: object) -> bool:
    return value is None


class Options(PayloadModel):
    """Options of an upload. Users write options by hand, so an unknown option is an error."""

    model_config = ConfigDict(extra="forbid")

    languages: Annotated[tuple[Language, ...], _SHORT_LIST] | None = None
    engines: Annotated[tuple[EngineName, ...], _SHORT_LIST] | None = Field(
        None, description="Engines of the route, in order."
    )
    outputs: Annotated[tuple[OutputFormat, ...], _SHORT_LIST] | None = None
    min_confidence: Confidence | None = None
    consensus: bool | None = Field(
        None, exclude_if=_is_none, description="Whether two engines read every page and vote on every word."
    )
    callback: Annotated[str, Field(pattern=r"^https://[!-~]+$")] | None = Field(
        None, description="Not implemented yet: a document with a callback is rejected."
    )
    run: Annotated[
        int,
        Field(ge=0, le=MAX_POSTGRES_INTEGER, description="A new number requests another reading of the same bytes."),
    ] = 0


class DocumentUploaded(Event):
    """An uploaded object that waits to be read. Any client may publish this event."""

    TYPE: ClassVar[str] = "io.pagebus.document.uploaded.v1"
    model_config = ConfigDict(extra="forbid")

    bucket: Annotated[Storable, Field(min_length=1)]
    key: Annotated[Storable, Field(min_length=1, description="Key of the object as the bucket stores it, decoded.")]
    version_id: Storable | None = Field(None, description="Version of the object to read, if the bucket is versioned.")
    etag: Storable | None = Field(None, description="ETag of the object, without quotes.")
    options: Options = Options()
    first_page: PageNumber = Field(
        1, description="First page to process. Intake sends itself further events for later pages of a long document."
    )
    pages: PageCount | None = Field(
        None, description="Number of pages of the document, if this event continues a long document."
    )
    uploaded_at: AwareDatetime | None = Field(
        None, exclude_if=_is_none, description="Time of the upload; if missing, the time of this event."
    )

    @property
    def identity(self) -> identity.Identity:
        options = self.options.model_dump_json(exclude_defaults=True)
        parameters = f"{self.bucket}/{self.key}/{self.version_id}/{self.etag}/{options}/{self.first_page}"
        return identity.Identity(parameters=parameters)


class PagePlan(PayloadModel):
    """Plan for reading one page."""

    page: PageNumber
    route: tuple[EngineName, ...] = Field(description="Engines in order; empty if the text layer is trusted.")
    why: str


class DocumentAccepted(DocumentEvent):
    """Acceptance of a document, with a plan for pages from `first_page` on. Further events continue a long document."""

    TYPE: ClassVar[str] = "io.pagebus.document.accepted.v1"

    sha256: Sha256
    media_type: str
    size: Annotated[int, Field(ge=1, description="Size in bytes.")]
    pages: PageCount
    first_page: PageNumber
    plan: tuple[PagePlan, ...]
    languages: tuple[Language, ...]
    engines: tuple[EngineName, ...] | None = Field(None, description="Engines that the uploader requested, if any.")
    outputs: tuple[OutputFormat, ...]
    min_confidence: Confidence
    consensus: bool = Field(default=False, description="Whether two engines read every page and vote on every word.")
    bulk: bool = Field(description="Whether the pages use the topics for long documents.")
    callback: str | None = None

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(document=self.document, page=self.first_page)


class DocumentRejected(DocumentEvent):
    """Rejection of an upload, with the reason."""

    TYPE: ClassVar[str] = "io.pagebus.document.rejected.v1"

    reason: Rejection
    message: str = Field(description="Text for the user: what is wrong, and what to do.")


class DocumentRecognized(DocumentEvent):
    """A document with a result for each of its pages, ready to be assembled."""

    TYPE: ClassVar[str] = "io.pagebus.document.recognized.v1"

    sha256: Sha256
    pages: PageCount
    outputs: tuple[OutputFormat, ...]


class Output(PayloadModel):
    """A file that assembly has written."""

    format: OutputFormat
    dataref: str = Field(description="Location of the file, as s3://bucket/key.")
    media_type: str
    size: Annotated[int, Field(ge=0, description="Size in bytes.")]


class DocumentAssembled(DocumentEvent):
    """The outputs of a document, which assembly has written to the results bucket."""

    TYPE: ClassVar[str] = "io.pagebus.document.assembled.v1"

    outputs: tuple[Output, ...]


class FailedPage(PayloadModel):
    """A page without text in a completed document, and the reason."""

    page: PageNumber
    reason: PageFailure


class DocumentCompleted(DocumentEvent):
    """End of a document that was read. `failed_pages` lists the pages without text."""

    TYPE: ClassVar[str] = "io.pagebus.document.completed.v1"

    pages: PageCount
    failed_pages: tuple[FailedPage, ...]
    confidence: Confidence = Field(description="Mean confidence of the recognized pages.")
    engine_seconds: Annotated[float, Field(ge=0, description="Seconds in engines, summed over all pages.")]
    outputs: tuple[Output, ...]


class DocumentFailed(DocumentEvent):
    """End of an accepted document without text."""

    TYPE: ClassVar[str] = "io.pagebus.document.failed.v1"

    reason: DocumentFailure
    message: str


class DocumentCancelled(DocumentEvent):
    """The cancellation of a document. No function publishes this event yet; the type is reserved."""

    TYPE: ClassVar[str] = "io.pagebus.document.cancelled.v1"


class DocumentErased(DocumentEvent):
    """The removal of all data of a document. No function publishes this event yet; the type is reserved."""

    TYPE: ClassVar[str] = "io.pagebus.document.erased.v1"

    erased_at: datetime
    objects: Annotated[int, Field(ge=0, description="Number of objects removed from both buckets.")]
    rows: Annotated[int, Field(ge=0, description="Number of rows removed from PostgreSQL.")]
