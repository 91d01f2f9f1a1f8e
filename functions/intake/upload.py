"""Lookup of the object that an event announces, and the id of its document."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from events.document import DocumentUploaded
from events.identity import ANNOUNCED_FOLDER, compute_document_id, extract_tenant
from events.notifications import KeyCandidates
from functions.runtime.storage import ObjectInfo, Storage


@dataclass(frozen=True, kw_only=True)
class UploadedObject:
    """An announced object. `info` is its state in the store, or None if the store does not have the object."""

    upload: DocumentUploaded
    info: ObjectInfo | None
    uploaded_at: datetime

    @cached_property
    def tenant(self) -> str:
        """The tenant in the key of the object, or "" if the key has no valid tenant."""
        return extract_tenant(self.upload.key)

    @cached_property
    def etag(self) -> str:
        """The ETag in the store, or the announced ETag if the store does not have the object, without quotes."""
        return self.info.etag if self.info else (self.upload.etag or "").strip('"')

    @cached_property
    def document(self) -> UUID:
        """The id of the document, computed from `etag`."""
        upload = self.upload
        return compute_document_id(
            tenant=self.tenant, bucket=upload.bucket, key=upload.key, etag=self.etag, run=upload.options.run
        )

    @cached_property
    def document_fields(self) -> dict[str, Any]:
        """The fields that every event about this document contains."""
        upload = self.upload
        return {
            "document": self.document,
            "tenant": self.tenant,
            "bucket": upload.bucket,
            "key": upload.key,
            "version_id": self.info.version_id if self.info else upload.version_id,
            "etag": self.etag,
            "run": upload.options.run,
            "uploaded_at": self.uploaded_at,
        }

    @property
    def replaced_version(self) -> "UploadedObject | None":
        """The announced object if the store now has an object with another ETag under the same key, else None.

        Objects with different ETags are different documents. The announced object can no longer be read.
        """
        announced_etag = (self.upload.etag or "").strip('"')
        if not self.info or announced_etag in ("", self.info.etag):
            return None
        return UploadedObject(upload=self.upload, info=None, uploaded_at=self.uploaded_at)


def is_upload(candidates: KeyCandidates, bucket: str) -> bool:
    """Return whether a notification is about an uploaded document.

    Return False for other buckets, for folders, and for objects that their producer announces by an event.
    """
    upload = candidates[0]
    return (
        upload.bucket == bucket and not upload.key.startswith(f"{ANNOUNCED_FOLDER}/") and not upload.key.endswith("/")
    )


def find_object(
    candidates: KeyCandidates, announced_at: datetime | None, storage: Storage, bucket: str
) -> UploadedObject:
    """Return the first candidate that exists in the store. If none exists, return the first candidate without `info`.

    A candidate counts as missing if it is outside of `bucket`, or if the store has other bytes than earlier pages.
    Raise Unavailable if the store does not answer.
    """
    for upload in candidates:
        info = storage.head(upload.bucket, upload.key, upload.version_id) if upload.bucket == bucket else None
        if info and _has_expected_bytes(upload, info):
            return UploadedObject(upload=upload, info=info, uploaded_at=_get_upload_time(upload, announced_at, info))
    upload = candidates[0]
    return UploadedObject(upload=upload, info=None, uploaded_at=_get_upload_time(upload, announced_at, None))


def _has_expected_bytes(upload: DocumentUploaded, info: ObjectInfo) -> bool:
    """Return whether the object can be read for this event.

    Later pages of a document must come from the same bytes as its first page. For the first page, the bytes in the
    store are read even if their ETag differs from the announced ETag.
    """
    return upload.first_page == 1 or upload.etag in (None, info.etag)


def _get_upload_time(upload: DocumentUploaded, announced_at: datetime | None, info: ObjectInfo | None) -> datetime:
    """Return the announced upload time, limited to the range from the object's modification time to now.

    The announcement comes from an external system, so its time can be wrong. Return the time now without `info`.
    """
    now = datetime.now(UTC)
    announced_time = upload.uploaded_at or announced_at or now
    announced_time = announced_time if announced_time.tzinfo else announced_time.replace(tzinfo=UTC)
    return min(max(announced_time, info.modified), now) if info else now
