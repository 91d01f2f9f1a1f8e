"""What every event is: a frozen, strict payload that knows its type, its subject and what makes it unique."""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from events import identity

Engine = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,30}$", description="An engine's name, as in its topic.")]
Language = Annotated[str, Field(pattern=r"^[a-z]{3}(_[a-z]{1,10})?$", description="ISO 639-2, as deu or eng.")]
#: PostgreSQL's integer.
LARGEST = 2**31 - 1
PageNumber = Annotated[int, Field(ge=1, le=LARGEST, description="Counted from 1.")]
PageCount = Annotated[int, Field(ge=1, le=LARGEST, description="How many pages the document has.")]
Confidence = Annotated[float, Field(ge=0, le=1)]
#: PostgreSQL cannot keep a NUL, so that an event with one would come back for ever.
Storable = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of the document's bytes, in hex.")]


class Value(BaseModel):
    """A part of a payload. Fields that a newer producer adds are passed over, so that consumers survive an upgrade."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        json_schema_serialization_defaults_required=True,
        # Validators are built when first needed: a function that wakes up needs few of them.
        defer_build=True,
    )


class Event(Value):
    """One thing that happened or is asked for. `TYPE` is its CloudEvents type."""

    TYPE: ClassVar[str]

    @property
    def subject(self) -> str | None:
        """The CloudEvents subject: ids only, never a file name."""
        return None

    @property
    @abstractmethod
    def identity(self) -> identity.Identity:
        """What makes this event the same as its repetition."""

    @property
    def id(self) -> UUID:
        """The CloudEvents id: the same for every repetition of the same fact."""
        return identity.event_id(self.TYPE, self.identity)


class OfDocument(Event):
    """An event about a document that intake has named."""

    document: UUID = Field(description="uuid5 of tenant/bucket/key/etag/run.")
    tenant: str = Field(description="The folder under in/ or announced/; empty when the key has none.")
    bucket: str
    key: str = Field(description="The object's key, decoded.")
    version_id: str | None = Field(None, description="Pins the read where the bucket is versioned.")
    etag: str = Field(description="Without quotes; empty when the object was not there.")
    run: Annotated[
        int, Field(ge=0, le=LARGEST, description="0, or the number of the fresh reading that somebody asked for.")
    ] = 0
    uploaded_at: AwareDatetime | None = Field(None, description="When it was announced: the beginning of its way.")

    @property
    def subject(self) -> str:
        return str(self.document)

    @property
    def identity(self) -> identity.Identity:
        return identity.Identity(document=self.document)

    def origin(self) -> dict[str, Any]:
        """The fields that every event of this document repeats."""
        return {name: getattr(self, name) for name in OfDocument.model_fields}


class OfPage(OfDocument):
    """An event about one page."""

    page: PageNumber
    pages: PageCount

    @property
    def subject(self) -> str:
        return f"{self.document}/pages/{self.page}"

    def place(self) -> dict[str, Any]:
        """The fields that every event of this page repeats."""
        return {**self.origin(), "page": self.page, "pages": self.pages}
