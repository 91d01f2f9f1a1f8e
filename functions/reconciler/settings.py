"""What the reconciler reads from the environment."""

from pydantic import Field

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, StorageSettings, TextSettings


class ReconcilerSettings(Settings, KafkaSettings, StorageSettings, DatabaseSettings, TextSettings):
    """How patient it is, and how much it does at a time."""

    unseen_seconds: float = Field(120, ge=0, description="age in seconds from which an unknown object is announced")
    stuck_seconds: float = Field(300, gt=0, description="seconds without progress after which a document is pushed")
    longest_pause_seconds: float = Field(3600, gt=0, description="to which the pause between two pushes doubles")
    max_attempts: int = Field(5, ge=1, description="requests that end their engine until a page is given up")
    attempts_before_others: int = Field(2, ge=1, description="requests without an answer until other engines are asked")
    resend_limit: int = Field(24, ge=0, description="times that an upload or outcome nobody could take is sent again")
    deadline_hours: float = Field(24, gt=0, description="hours after which a document fails, or takes what was read")
    listing_pages: int = Field(10, ge=1, description="pages of 1,000 objects to look through at a time")
    documents_per_tick: int = Field(200, ge=1, description="documents to push at a time")
    letters_per_tick: int = Field(200, ge=1, description="dead letters to send again at a time")
    pages_per_document: int = Field(200, ge=1, description="pages of one document to ask for at a time")
