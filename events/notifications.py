"""S3 notifications: every store says it a little differently, and all become the same `document.uploaded`.

AWS, Ceph and MinIO encode the key as in a query string, versitygw writes it raw; nothing in a record tells which. So a
record becomes its likely readings, and whoever can ask the store takes the one that exists.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from events.document import DocumentUploaded
from events.errors import InvalidEvent

#: The same object under the readings of its key, likeliest first. Exactly one exists.
Readings = tuple[DocumentUploaded, ...]

_ENCODED = re.compile(r"(?:[A-Za-z0-9._*~/+-]|%[0-9A-Fa-f]{2})*")
_CREATED = re.compile(r"(?:s3:)?ObjectCreated:")


def read_notification(body: bytes) -> tuple[Readings, ...]:
    """Every created object that a notification names; none for a test event or a removal. Raises InvalidEvent."""
    try:
        return tuple(_readings(record) for record in _records(json.loads(body)) if _is_creation(record))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
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
    entity = {"key": found["key"], "eTag": found.get("etag"), "versionId": found.get("versionid"), "raw": True}
    s3 = {"bucket": detail["bucket"], "object": entity}
    return {"eventName": "ObjectCreated:" if created else "ObjectRemoved:", "s3": s3}


def _is_creation(record: dict[str, Any]) -> bool:
    return bool(_CREATED.match(record["eventName"]))


def _readings(record: dict[str, Any]) -> Readings:
    found = record["s3"]["object"]
    return tuple(
        DocumentUploaded(
            bucket=record["s3"]["bucket"]["name"],
            key=key,
            version_id=found.get("versionId") or None,
            etag=(found.get("eTag") or "").strip('"') or None,
        )
        for key in _keys(found["key"], raw=found.get("raw", False))
    )


def _keys(written: str, *, raw: bool) -> tuple[str, ...]:
    if raw or not _ENCODED.fullmatch(written):
        return (written,)
    decoded = _decoded(written)
    return (written,) if decoded in (None, written) else (str(decoded), written)


def _decoded(written: str) -> str | None:
    try:
        return unquote_plus(written, errors="strict")
    except UnicodeDecodeError:
        return None
