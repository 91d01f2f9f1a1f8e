"""Parser of S3 bucket notifications. It converts the formats of all object stores to DocumentUploaded events.

AWS, MinIO and moto encode the key as in a query string; versitygw and Ceph write the key without encoding. Some records
do not show which store wrote them. So the parser returns every possible key, and intake uses the key that exists.
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

#: One event for each possible key of an uploaded object, with the most likely key first. Only one of the keys exists.
KeyCandidates = tuple[DocumentUploaded, ...]

# Matches keys in which a query string would leave or encode every character. Only such a key can be encoded.
_ENCODED = re.compile(r"(?:[A-Za-z0-9._*~/+-]|%[0-9A-Fa-f]{2})*")
_CREATED = re.compile(r"(?:s3:)?ObjectCreated:")
_PATH_ARN = re.compile(r"arn:aws:s3:::/([^/]+)/")
# An ISO 8601 time with a fraction of a second.
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
    """Yield the records of a notification in the format of Amazon S3. Raise KeyError for an unknown format."""
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
    """Return the record of an EventBridge event in the format of Amazon S3."""
    detail = notification["detail"]
    is_created = notification.get("detail-type") == "Object Created"
    fields = {name.replace("-", ""): value for name, value in detail["object"].items()}
    # EventBridge never encodes the key, so `raw` limits the candidates to this key.
    s3_object = {"key": fields["key"], "eTag": fields.get("etag"), "versionId": fields.get("versionid"), "raw": True}
    s3 = {"bucket": detail["bucket"], "object": s3_object}
    return {"eventName": "ObjectCreated:" if is_created else "ObjectRemoved:", "s3": s3}


def _is_creation(record: dict[str, Any]) -> bool:
    return bool(_CREATED.match(record["eventName"]))


def _read_candidates(record: dict[str, Any]) -> KeyCandidates:
    s3_object = record["s3"]["object"]
    key = s3_object["key"]
    keys = (key,) if s3_object.get("raw") else _list_possible_keys(key, is_raw_likely=_is_raw_key_likely(record))
    return tuple(
        DocumentUploaded(
            bucket=_read_bucket(record["s3"]["bucket"]),
            key=possible_key,
            version_id=s3_object.get("versionId") or None,
            etag=(s3_object.get("eTag") or "").strip('"') or None,
            uploaded_at=_read_time(record),
        )
        for possible_key in keys
    )


def _read_bucket(bucket: dict[str, Any]) -> str:
    """Return the name of the bucket.

    Under load, about one of a thousand notifications of versitygw 1.8 has the bucket name of another request, but a
    correct `arn`. Only versitygw writes an ARN with a path: `arn:aws:s3:::/BUCKET/KEY`.
    """
    path_arn = _PATH_ARN.match(bucket.get("arn") or "")
    return path_arn[1] if path_arn else str(bucket["name"])


def _read_time(record: dict[str, Any]) -> datetime | None:
    """Return the time of the upload, or None if the record has no time with a fraction of a second.

    A time in whole seconds is up to a second too early, so the time of the CloudEvent is used instead.
    """
    text = record.get("eventTime")
    if not isinstance(text, str) or not _EXACT_TIME.fullmatch(text):
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    return None


def _is_raw_key_likely(record: dict[str, Any]) -> bool:
    """Return whether the key is probably not URL-encoded, because versitygw or Ceph wrote the record.

    A quoted ETag indicates versitygw, and the field `opaqueData` indicates Ceph.
    """
    return "opaqueData" in record or (record["s3"]["object"].get("eTag") or "").startswith('"')


def _list_possible_keys(key: str, *, is_raw_likely: bool) -> tuple[str, ...]:
    """Return the key as written and as decoded from a query string, the more likely first, without duplicates."""
    if not _ENCODED.fullmatch(key):
        return (key,)
    decoded = _decode(key)
    if decoded is None or decoded == key:
        return (key,)
    return (key, decoded) if is_raw_likely else (decoded, key)


def _decode(key: str) -> str | None:
    try:
        return unquote_plus(key, errors="strict")
    except UnicodeDecodeError:
        return None
