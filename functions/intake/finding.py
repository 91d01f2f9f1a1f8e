"""From an announcement to the object in the store, and to the document's name."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.document import DocumentUploaded
from events.identity import ANNOUNCED, document_id, tenant_of
from events.notifications import Spellings
from functions.runtime.storage import Storage, Stored


@dataclass(frozen=True, kw_only=True)
class Found:
    """An announced object: what was said of it, and what the store says (None when it is not there)."""

    upload: DocumentUploaded
    stored: Stored | None
    uploaded_at: datetime

    @property
    def tenant(self) -> str:
        return tenant_of(self.upload.key)

    @property
    def etag(self) -> str:
        return self.stored.etag if self.stored else (self.upload.etag or "").strip('"')

    @property
    def document(self) -> UUID:
        """The document's name, from what the store holds and not from what was said."""
        upload = self.upload
        return document_id(
            tenant=self.tenant, bucket=upload.bucket, key=upload.key, etag=self.etag, run=upload.options.run
        )

    @property
    def replaced(self) -> "Found | None":
        """What was announced, when other bytes lie there now: they are another document, and this one is gone."""
        named = (self.upload.etag or "").strip('"')
        gone = self.stored and named not in ("", self.stored.etag)
        return Found(upload=self.upload, stored=None, uploaded_at=self.uploaded_at) if gone else None

    def origin(self) -> dict[str, Any]:
        """The fields that every event of this document carries."""
        upload = self.upload
        return {
            "document": self.document,
            "tenant": self.tenant,
            "bucket": upload.bucket,
            "key": upload.key,
            "version_id": self.stored.version_id if self.stored else upload.version_id,
            "etag": self.etag,
            "run": upload.options.run,
            "uploaded_at": self.uploaded_at,
        }


def find(spellings: Spellings, announced: datetime | None, storage: Storage, bucket: str) -> Found:
    """Ask the store which spelling of the key exists. Raises Unavailable. Other buckets than `bucket` are not asked."""
    for upload in spellings:
        stored = storage.head(upload.bucket, upload.key, upload.version_id) if upload.bucket == bucket else None
        if stored and _is_same(upload, stored):
            return Found(upload=upload, stored=stored, uploaded_at=_uploaded_at(upload, announced, stored))
    return Found(upload=spellings[0], stored=None, uploaded_at=_uploaded_at(spellings[0], announced, None))


def _uploaded_at(upload: DocumentUploaded, announced: datetime | None, stored: Stored | None) -> datetime:
    """When the announcement was sent: a stranger's word, believed between the object's own time and now."""
    now = datetime.now(UTC)
    said = upload.uploaded_at or announced or now
    said = said if said.tzinfo else said.replace(tzinfo=UTC)
    return min(max(said, stored.modified), now) if stored else now


def _is_same(upload: DocumentUploaded, stored: Stored) -> bool:
    """The rest of a document must be of the same bytes; an upload is read as it is found, whatever was said of it."""
    return upload.first_page == 1 or upload.etag in (None, stored.etag)


def is_ours(spellings: Spellings, bucket: str) -> bool:
    """Whether a notification names an upload: no output of ours, nothing that is announced otherwise, no folder."""
    upload = spellings[0]
    return upload.bucket == bucket and not upload.key.startswith(f"{ANNOUNCED}/") and not upload.key.endswith("/")
