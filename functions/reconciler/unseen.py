"""Objects that nobody has announced: the store's notification never came."""

import re
from collections.abc import Sequence
from datetime import timedelta

import structlog
from pydantic import ValidationError

from events.document import DocumentUploaded
from events.identity import IN, document_id, tenant_of
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.bus import Publish
from functions.runtime.database import Connection, Database
from functions.runtime.storage import Storage, Stored

log = structlog.get_logger()

#: What S3 lists at a time.
PAGE = 1000

# No XML holds these, so not every store takes them back as the place to go on from.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

_AFTER = "SELECT after FROM listings WHERE bucket = %s"
_REACHED = """
INSERT INTO listings (bucket, after) VALUES (%s, %s) ON CONFLICT (bucket) DO UPDATE SET after = excluded.after"""
_NOW = "SELECT now() AS now"
_KNOWN = "SELECT key, etag FROM documents WHERE bucket = %s AND key = ANY(%s)"
_CREATE = """
INSERT INTO documents (document, tenant, bucket, key, etag, run) VALUES (%s, %s, %s, %s, %s, 0)
    ON CONFLICT DO NOTHING RETURNING document"""


def announce_unseen(database: Database, storage: Storage, publish: Publish, settings: ReconcilerSettings) -> None:
    """Look through the next part of the uploads, going on where the last look ended. Two looks at once do no harm."""
    bucket = settings.uploads_bucket
    for _ in range(settings.listing_pages):
        with database.transaction() as connection:
            row = connection.execute(_AFTER, [bucket]).fetchone()
        listed = storage.list(bucket, f"{IN}/", after=row["after"] if row else "", limit=PAGE)
        is_last = len(listed) < PAGE
        with database.transaction() as connection:
            usable = _usable(_unknown(connection, listed, settings), bucket)
            unseen = [upload for upload in usable if _is_new(connection, upload)]
            connection.execute(_REACHED, [bucket, "" if is_last else _place(listed[-1].key)])
        # What is lost from here on is a document that does not move, and found as such.
        if unseen:
            publish(unseen)
            log.warning("uploads.unseen", announced=len(unseen))
        if is_last:
            return


def _place(key: str) -> str:
    """Where to go on: behind this key, and where it has a control character, behind all that have one there too."""
    found = _CONTROL.search(key)
    return f"{key[: found.start()]} " if found else key


def _unknown(connection: Connection, listed: Sequence[Stored], settings: ReconcilerSettings) -> list[Stored]:
    """Those old enough that their notification should have been heard, folders left out."""
    row = connection.execute(_NOW).fetchone() or {}
    latest = row["now"] - timedelta(seconds=settings.unseen_seconds)
    old = [one for one in listed if one.modified <= latest and not one.key.endswith("/")]
    rows = connection.execute(_KNOWN, [settings.uploads_bucket, [one.key for one in old]])
    known = {(row["key"], row["etag"]) for row in rows}
    return [one for one in old if (one.key, one.etag) not in known]


def _usable(found: Sequence[Stored], bucket: str) -> list[DocumentUploaded]:
    """Their announcements. A key that no event can hold is passed over: whoever chose it must not stop the others."""
    uploads = [upload for one in found if (upload := _upload(one, bucket))]
    if len(uploads) < len(found):
        log.warning("uploads.unusable_keys", passed_over=len(found) - len(uploads))
    return uploads


def _upload(one: Stored, bucket: str) -> DocumentUploaded | None:
    try:
        return DocumentUploaded(bucket=bucket, key=one.key, etag=one.etag)
    except ValidationError:
        return None


def _is_new(connection: Connection, upload: DocumentUploaded) -> bool:
    tenant, etag = tenant_of(upload.key), upload.etag or ""
    document = document_id(tenant=tenant, bucket=upload.bucket, key=upload.key, etag=etag)
    row = connection.execute(_CREATE, [document, tenant, upload.bucket, upload.key, etag]).fetchone()
    return row is not None
