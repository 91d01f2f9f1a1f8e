"""Base classes and field types of all event payloads."""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from events import identity

EngineName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9]{0,30}$", description="Name of an engine, as it appears in topic names.")
]
Language = Annotated[
    str, Field(pattern=r"^[a-z]{3}(_[a-z]{1,10})?$", description="ISO 639-2 code, for example deu or eng.")
]
#: The largest value of PostgreSQL's type `integer`.
MAX_POSTGRES_INTEGER = 2**31 - 1
PageNumber = Annotated[
    int, Field(ge=1, le=MAX_POSTGRES_INTEGER, description="Number of the page; the first page is 1.")
]
PageCount = Annotated[int, Field(ge=1, le=MAX_POSTGRES_INTEGER, description="Number of pages of the document.")]
#: Expected character accuracy: the expected share of correct characters.
Confidence = Annotated[float, Field(ge=0, le=1)]
#: Text without NUL characters. PostgreSQL rejects them, so an event with a NUL would fail at every redelivery.
Storable = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the document's bytes, in hex.")]


class PayloadModel(BaseModel):
    """Base class of payloads and their parts. Unknown fields are ignored, so that consumers accept newer events."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        json_schema_serialization_defaults_required=True,
        # Pydantic builds each validator at its first use. A function starts faster, because it uses only a few models.
        defer_build=True,
    )


class Event(PayloadModel):
    """The payload of one event. `TYPE` is its CloudEvents type."""

    TYPE: ClassVar[str]

    @property
    def subject(self) -> str | None:
        """The CloudEvents subject. It contains only ids, never a file name."""
        return None

    @property
    @abstractmethod
    def identity(self) -> identity.Identity:
        """The values from which the event's id is computed. A repetition of the event has the same values."""

    @property
    def id(self) -> UUID:
        """The CloudEvents id. A repetition of the event has the same id."""
        return identity.compute_event_id(self.TYPE, self.identity)


class DocumentEvent(Event):
    """Base class of events about a document that has an id."""

    document: UUID = Field(description="Id of the document: UUIDv5 of tenant/bucket/key/etag/run.")
    tenant: str = Field(description="Folder below in/ or announced/ in the key; empty if the key has none.")
    bucket: str
    key: str = Field(description="Key of the object, decoded.")
    version_id: str | None = Field(None, description="Version of the object to read, if the bucket is versioned.")
    etag: str = Field(description="ETag of the object, without quotes; empty if the object did not exist.")
    run: Annotated[
        int,
        Field(
            ge=0, le=MAX_POSTGRES_INTEGER, description="0, or the number of a repeated reading that a user requested."
        ),
    ] = 0
    uploaded_at: AwareDatetime | None = Field(
        None, description="Time of the upload, from which the duration of the document is measured."
    )

    @property
    def subject(self) -> str:
        return str(self.document)

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(document=self.document)

    @property
    def document_fields(self) -> dict[str, Any]:
        """The fields that all events of this document have in common, by name."""
        return {name: getattr(self, name) for name in DocumentEvent.model_fields}


class PageEvent(DocumentEvent):
    """Base class of events about one page."""

    page: PageNumber
    pages: PageCount

    @property
    def subject(self) -> str:
        return f"{self.document}/pages/{self.page}"

    @property
    def page_fields(self) -> dict[str, Any]:
        """The fields that all events of this page have in common, by name."""
        return {**self.document_fields, "page": self.page, "pages": self.pages}
