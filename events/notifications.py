"""S3 notifications: every store says it a little differently, and all become the same `document.uploaded`.

AWS, MinIO and moto encode the key as in a query string, versitygw and Ceph write it raw, and not every record tells
whose it is. So a record becomes the likely spellings of its key; who can ask the store takes the one that exists.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from events.document import DocumentUploaded
from events.errors import InvalidEvent

#: The same object under the spellings of its key, likeliest first. Exactly one exists.
Spellings = tuple[DocumentUploaded, ...]

_ENCODED = re.compile(r"(?:[A-Za-z0-9._*~/+-]|%[0-9A-Fa-f]{2})*")
_CREATED = re.compile(r"(?:s3:)?ObjectCreated:")
_PATH_ARN = re.compile(r"arn:aws:s3:::/([^/]+)/")
_EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}\d*(Z|[+-]\d\d:\d\d)")


def read_notification(body: bytes) -> tuple[Spellings, ...]:
    """Every created object that a notification names; none for a test event or a removal. Raises InvalidEvent."""
    try:
        return tuple(_spellings(record) for record in _records(json.loads(body)) if _is_creation(record))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidEvent(f"not an S3 notification: {type(error).__name__}") from error


def _records(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if said.get("Type") == "Notification" and "Message" in said:  # Amazon SNS
        yield from _records(json.loads(said["Message"]))
    elif "Records" in said:
        yield from said["Records"]
    elif "detail" in said:  # Amazon EventBridge
        yield _from_eventbridge(said)
    elif "s3" in said:  # the CloudEvents adapter sends one record as the data
        yield {"eventName": "ObjectCreated:", **said}
    elif "bucket" in said and "object" in said:
        yield {"eventName": "ObjectCreated:", "s3": said}
    elif said.get("Event") != "s3:TestEvent":
        raise KeyError("Records")


def _from_eventbridge(said: dict[str, Any]) -> dict[str, Any]:
    detail = said["detail"]
    created = said.get("detail-type") == "Object Created"
    found = {name.replace("-", ""): value for name, value in detail["object"].items()}
    # EventBridge never encodes the key, so that it has only one spelling.
    entity = {"key": found["key"], "eTag": found.get("etag"), "versionId": found.get("versionid"), "raw": True}
    s3 = {"bucket": detail["bucket"], "object": entity}
    return {"eventName": "ObjectCreated:" if created else "ObjectRemoved:", "s3": s3}


def _is_creation(record: dict[str, Any]) -> bool:
    return bool(_CREATED.match(record["eventName"]))


def _spellings(record: dict[str, Any]) -> Spellings:
    found = record["s3"]["object"]
    keys = (found["key"],) if found.get("raw") else _keys(found["key"], raw_first=_writes_raw(record))
    return tuple(
        DocumentUploaded(
            bucket=_bucket(record["s3"]["bucket"]),
            key=key,
            version_id=found.get("versionId") or None,
            etag=(found.get("eTag") or "").strip('"') or None,
            uploaded_at=_happened(record),
        )
        for key in keys
    )


def _bucket(told: dict[str, Any]) -> str:
    """Its name. Of a thousand notifications under load, versitygw 1.8 gives one the bucket of another request.

    Its `arn` is made in time, and unlike any other store's a path: `arn:aws:s3:::/BUCKET/KEY`.
    """
    found = _PATH_ARN.match(told.get("arn") or "")
    return found[1] if found else str(told["name"])


def _happened(record: dict[str, Any]) -> datetime | None:
    """When the store had the object. Some tell whole seconds only: that is up to a second too early, and no news."""
    told = record.get("eventTime")
    if not isinstance(told, str) or not _EXACT.fullmatch(told):
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(told)
    return None


def _writes_raw(record: dict[str, Any]) -> bool:
    """Whether it looks like a store that does not encode: versitygw quotes the etag, Ceph adds opaqueData."""
    return "opaqueData" in record or (record["s3"]["object"].get("eTag") or "").startswith('"')


def _keys(written: str, *, raw_first: bool) -> tuple[str, ...]:
    if not _ENCODED.fullmatch(written):
        return (written,)
    decoded = _decoded(written)
    if decoded is None or decoded == written:
        return (written,)
    return (written, decoded) if raw_first else (decoded, written)


def _decoded(written: str) -> str | None:
    try:
        return unquote_plus(written, errors="strict")
    except UnicodeDecodeError:
        return None
