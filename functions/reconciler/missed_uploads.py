"""Announces missed uploads: objects without a document, because the notification of the store never came."""

import re
from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from events.document import DocumentUploaded
from events.identity import IN_FOLDER, compute_document_id, extract_tenant
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.bus import Publish
from functions.runtime.database import Connection, Database
from functions.runtime.log import get_logger
from functions.runtime.storage import ObjectInfo, Storage

log = get_logger()

#: The number of objects that S3 lists in one answer.
LISTING_SIZE = 1000

# XML cannot contain these characters, so not every store accepts them as the start of the next listing.
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

_LOAD_POSITION = "SELECT after FROM listings WHERE bucket = %s"
_SAVE_POSITION = """
INSERT INTO listings (bucket, after) VALUES (%s, %s) ON CONFLICT (bucket) DO UPDATE SET after = excluded.after"""
_NOW = "SELECT now() AS now"
_KNOWN_OBJECTS = "SELECT key, etag FROM documents WHERE bucket = %s AND key = ANY(%s)"
_CREATE_DOCUMENT = """
INSERT INTO documents (document, tenant, bucket, key, etag, run) VALUES (%s, %s, %s, %s, %s, 0)
    ON CONFLICT DO NOTHING RETURNING document"""


def announce_missed_uploads(
    database: Database, storage: Storage, publish: Publish, settings: ReconcilerSettings
) -> None:
    """Announce missed uploads in the next part of the bucket, from the position of the last run.

    Two runs at the same time announce each upload once. Raise Unavailable if a dependency does not answer.
    """
    bucket = settings.uploads_bucket
    for _ in range(settings.listing_pages):
        with database.begin_transaction() as connection:
            row = connection.execute(_LOAD_POSITION, [bucket]).fetchone()
        listed = storage.list_objects(bucket, f"{IN_FOLDER}/", after=row["after"] if row else "", limit=LISTING_SIZE)
        is_last = len(listed) < LISTING_SIZE
        with database.begin_transaction() as connection:
            uploads = _build_uploads(_select_missed_objects(connection, listed, settings), bucket)
            missed = [upload for upload in uploads if _create_document(connection, upload)]
            connection.execute(_SAVE_POSITION, [bucket, "" if is_last else _compute_next_position(listed[-1].key)])
        # If a crash loses an announcement after this commit, its document is stalled and will be repaired.
        if missed:
            publish(missed)
            log.warning("uploads.missed", announced=len(missed))
        if is_last:
            return


def _compute_next_position(key: str) -> str:
    """Return where the next listing starts: after `key`.

    If the key has a control character, start after all keys that have the same prefix and a control character.
    """
    found = _CONTROL_CHARACTER.search(key)
    return f"{key[: found.start()]} " if found else key


def _select_missed_objects(
    connection: Connection, listed: Sequence[ObjectInfo], settings: ReconcilerSettings
) -> list[ObjectInfo]:
    """Return objects without a document that are so old that their notification is overdue. Skip folders."""
    row = connection.execute(_NOW).fetchone() or {}
    latest = row["now"] - timedelta(seconds=settings.unseen_seconds)
    old = [stored for stored in listed if stored.modified <= latest and not stored.key.endswith("/")]
    rows = connection.execute(_KNOWN_OBJECTS, [settings.uploads_bucket, [stored.key for stored in old]])
    known = {(row["key"], row["etag"]) for row in rows}
    return [stored for stored in old if (stored.key, stored.etag) not in known]


def _build_uploads(objects: Sequence[ObjectInfo], bucket: str) -> list[DocumentUploaded]:
    """Return announcements. Skip keys that an event cannot carry: they must not stop the others."""
    uploads = [upload for stored in objects if (upload := _build_upload(stored, bucket))]
    if len(uploads) < len(objects):
        log.warning("uploads.unusable_keys", skipped=len(objects) - len(uploads))
    return uploads


def _build_upload(stored: ObjectInfo, bucket: str) -> DocumentUploaded | None:
    try:
        return DocumentUploaded(bucket=bucket, key=stored.key, etag=stored.etag)
    except ValidationError:
        return None


def _create_document(connection: Connection, upload: DocumentUploaded) -> bool:
    """Create the document's row and return True; return False if the row exists already."""
    tenant, etag = extract_tenant(upload.key), upload.etag or ""
    document = compute_document_id(tenant=tenant, bucket=upload.bucket, key=upload.key, etag=etag)
    row = connection.execute(_CREATE_DOCUMENT, [document, tenant, upload.bucket, upload.key, etag]).fetchone()
    return row is not None
