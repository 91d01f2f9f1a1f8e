"""Environment variables of the reconciler."""

from pydantic import Field

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, StorageSettings, TextSettings


class ReconcilerSettings(Settings, KafkaSettings, StorageSettings, DatabaseSettings, TextSettings):
    """Settings of the reconciler: pauses, retry budgets, and the amount of work per run."""

    unseen_seconds: float = Field(
        120, ge=0, description="age in seconds from which an object without a document is announced"
    )
    stuck_seconds: float = Field(300, gt=0, description="seconds without progress after which a document is repaired")
    longest_pause_seconds: float = Field(
        3600, gt=0, description="maximum pause between repairs; the pause doubles with each repair"
    )
    max_attempts: int = Field(
        5, ge=1, description="number of requests that fail in an engine until a page is abandoned"
    )
    attempts_before_others: int = Field(
        2, ge=1, description="number of requests without an answer until other engines get the page"
    )
    resend_limit: int = Field(24, ge=0, description="maximum number of redeliveries of an upload or outcome")
    deadline_hours: float = Field(
        24, gt=0, description="hours after which a document fails, or ends with its best stored readings"
    )
    listing_pages: int = Field(10, ge=1, description="maximum number of listings per run; a listing has 1,000 objects")
    documents_per_tick: int = Field(200, ge=1, description="maximum number of documents to repair per run")
    letters_per_tick: int = Field(200, ge=1, description="maximum number of dead letters to redeliver per run")
    pages_per_document: int = Field(200, ge=1, description="maximum number of pages of one document to request per run")
