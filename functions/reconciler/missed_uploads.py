"""Announcement of missed uploads: objects without a document, because the notification of the store was lost."""

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

#: Maximum number of objects in one response of S3.
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
    """Announce missed uploads in the next part of the bucket. Start at the position where the last run stopped.

    If two runs overlap, each upload is still announced only once. Raise Unavailable if a dependency does not answer.
    """
    bucket = settings.uploads_bucket
    for _ in range(settings.listing_pages):
        with database.begin_transaction() as connection:
            row = connection.execute(_LOAD_POSITION, [bucket]).fetchone()
        objects = storage.list_objects(bucket, f"{IN_FOLDER}/", after=row["after"] if row else "", limit=LISTING_SIZE)
        is_last_listing = len(objects) < LISTING_SIZE
        with database.begin_transaction() as connection:
            uploads = _build_uploads(_select_missed_objects(connection, objects, settings), bucket)
            missed = [upload for upload in uploads if _create_document(connection, upload)]
            connection.execute(
                _SAVE_POSITION, [bucket, "" if is_last_listing else _compute_next_position(objects[-1].key)]
            )
        # If a crash loses an announcement after this commit, its document is stalled and will be repaired.
        if missed:
            publish(missed)
            log.warning("uploads.missed", announced=len(missed))
        if is_last_listing:
            return


def _compute_next_position(key: str) -> str:
    """Return the position after which the next listing starts. `key` is the last key of this listing.

    The position is `key`, or the part of `key` before its first control character, with a space added. In the second
    case, the next listing skips keys with the same start and a control character after it.
    """
    match = _CONTROL_CHARACTER.search(key)
    return f"{key[: match.start()]} " if match else key


def _select_missed_objects(
    connection: Connection, objects: Sequence[ObjectInfo], settings: ReconcilerSettings
) -> list[ObjectInfo]:
    """Return the objects that have no document and are older than `unseen_seconds`. Skip folders."""
    row = connection.execute(_NOW).fetchone() or {}
    modified_before = row["now"] - timedelta(seconds=settings.unseen_seconds)
    old_objects = [
        stored_object
        for stored_object in objects
        if stored_object.modified <= modified_before and not stored_object.key.endswith("/")
    ]
    rows = connection.execute(
        _KNOWN_OBJECTS, [settings.uploads_bucket, [stored_object.key for stored_object in old_objects]]
    )
    known_objects = {(row["key"], row["etag"]) for row in rows}
    return [
        stored_object for stored_object in old_objects if (stored_object.key, stored_object.etag) not in known_objects
    ]


def _build_uploads(objects: Sequence[ObjectInfo], bucket: str) -> list[DocumentUploaded]:
    """Return the events that announce the objects. Skip objects with a key that an event cannot contain."""
    uploads = [upload for stored_object in objects if (upload := _build_upload(stored_object, bucket))]
    if len(uploads) < len(objects):
        log.warning("uploads.unusable_keys", skipped=len(objects) - len(uploads))
    return uploads


def _build_upload(stored_object: ObjectInfo, bucket: str) -> DocumentUploaded | None:
    try:
        return DocumentUploaded(bucket=bucket, key=stored_object.key, etag=stored_object.etag)
    except ValidationError:
        return None


def _create_document(connection: Connection, upload: DocumentUploaded) -> bool:
    """Create the document's row and return True; return False if the row exists already."""
    tenant, etag = extract_tenant(upload.key), upload.etag or ""
    document = compute_document_id(tenant=tenant, bucket=upload.bucket, key=upload.key, etag=etag)
    row = connection.execute(_CREATE_DOCUMENT, [document, tenant, upload.bucket, upload.key, etag]).fetchone()
    return row is not None
