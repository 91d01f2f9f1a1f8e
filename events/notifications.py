"""Parser of S3 bucket notifications. Stores write them differently; all become the same DocumentUploaded events.

AWS, MinIO and moto encode the key as in a query string; versitygw and Ceph write it raw. Not every record names its
store. So the parser returns all keys that a record may mean, and intake looks up which of them exists.
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

#: One uploaded object under each key that the record may mean, the likeliest first. Exactly one of the keys exists.
KeyCandidates = tuple[DocumentUploaded, ...]

_ENCODED = re.compile(r"(?:[A-Za-z0-9._*~/+-]|%[0-9A-Fa-f]{2})*")
_CREATED = re.compile(r"(?:s3:)?ObjectCreated:")
_PATH_ARN = re.compile(r"arn:aws:s3:::/([^/]+)/")
_EXACT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}\d*(Z|[+-]\d\d:\d\d)")


def read_notification(body: bytes) -> tuple[KeyCandidates, ...]:
    """Return the key candidates of every created object in a notification.

    The result is empty for a test event and for removals. Raise InvalidEvent if the body is not an S3 notification.
    """
    try:
        records = _extract_records(json.loads(body))
        return tuple(_read_candidates(record) for record in records if _is_creation(record))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidEvent(f"not an S3 notification: {type(error).__name__}") from error


def _extract_records(notification: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if notification.get("Type") == "Notification" and "Message" in notification:  # Amazon SNS
        yield from _extract_records(json.loads(notification["Message"]))
    elif "Records" in notification:
        yield from notification["Records"]
    elif "detail" in notification:  # Amazon EventBridge
        yield _from_eventbridge(notification)
    elif "s3" in notification:  # the CloudEvents adapter sends one record as the data
        yield {"eventName": "ObjectCreated:", **notification}
    elif "bucket" in notification and "object" in notification:
        yield {"eventName": "ObjectCreated:", "s3": notification}
    elif notification.get("Event") != "s3:TestEvent":
        raise KeyError("Records")


def _from_eventbridge(notification: dict[str, Any]) -> dict[str, Any]:
    detail = notification["detail"]
    is_created = notification.get("detail-type") == "Object Created"
    entity = {name.replace("-", ""): value for name, value in detail["object"].items()}
    # EventBridge never encodes the key, so there is only one candidate.
    converted = {"key": entity["key"], "eTag": entity.get("etag"), "versionId": entity.get("versionid"), "raw": True}
    s3 = {"bucket": detail["bucket"], "object": converted}
    return {"eventName": "ObjectCreated:" if is_created else "ObjectRemoved:", "s3": s3}


def _is_creation(record: dict[str, Any]) -> bool:
    return bool(_CREATED.match(record["eventName"]))


def _read_candidates(record: dict[str, Any]) -> KeyCandidates:
    entity = record["s3"]["object"]
    keys = (entity["key"],) if entity.get("raw") else _list_keys(entity["key"], raw_first=_is_likely_raw(record))
    return tuple(
        DocumentUploaded(
            bucket=_read_bucket(record["s3"]["bucket"]),
            key=key,
            version_id=entity.get("versionId") or None,
            etag=(entity.get("eTag") or "").strip('"') or None,
            uploaded_at=_read_time(record),
        )
        for key in keys
    )


def _read_bucket(bucket: dict[str, Any]) -> str:
    """Return the name of the bucket.

    Under load, about one of a thousand notifications of versitygw 1.8 has the bucket name of another request. Its
    `arn` is correct. Unlike the ARN of any other store it contains a path: `arn:aws:s3:::/BUCKET/KEY`.
    """
    found = _PATH_ARN.match(bucket.get("arn") or "")
    return found[1] if found else str(bucket["name"])


def _read_time(record: dict[str, Any]) -> datetime | None:
    """Return the time of the upload, or None if it has no fraction of a second.

    Whole seconds are up to a second too early, and the time of the event itself is more exact.
    """
    text = record.get("eventTime")
    if not isinstance(text, str) or not _EXACT_TIME.fullmatch(text):
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    return None


def _is_likely_raw(record: dict[str, Any]) -> bool:
    """Return whether the store probably does not encode keys: versitygw quotes the ETag, Ceph adds opaqueData."""
    return "opaqueData" in record or (record["s3"]["object"].get("eTag") or "").startswith('"')


def _list_keys(key: str, *, raw_first: bool) -> tuple[str, ...]:
    if not _ENCODED.fullmatch(key):
        return (key,)
    decoded = _decode(key)
    if decoded is None or decoded == key:
        return (key,)
    return (key, decoded) if raw_first else (decoded, key)


def _decode(key: str) -> str | None:
    try:
        return unquote_plus(key, errors="strict")
    except UnicodeDecodeError:
        return None
