"""S3 notifications of many stores: each created object is found, and nothing else."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.errors import InvalidEvent
from events.notifications import read_notification

BUCKET = "pagebus-uploads"
ETAG = "9a0364b9e99bb480dd25e1f0284c8555"
KEYS = ["in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png", "in/acme/plain.pdf", "in/acme/a+b.pdf"]
Notification = dict[str, Any]


def create_record(key: str, name: str = "ObjectCreated:Put", **object_fields: object) -> Notification:
    entity = {"key": key, "size": 3, "eTag": ETAG, **object_fields}
    return {"eventSource": "aws:s3", "eventName": name, "s3": {"bucket": {"name": BUCKET}, "object": entity}}


def wrap_in_sns(notification: object) -> Notification:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-central-1:1:t", "Message": json.dumps(notification)}


def from_aws(key: str) -> Notification:
    return {"Records": [create_record(quote_plus(key, safe="/"), versionId="3HL4kqtJ", sequencer="0055AED6DCD90281E5")]}


def from_aws_through_sns(key: str) -> Notification:
    return wrap_in_sns(from_aws(key))


def from_eventbridge(key: str) -> Notification:
    entity = {"key": key, "size": 3, "etag": ETAG, "version-id": "3HL4kqtJ", "sequencer": "0055AED6DCD90281E5"}
    detail = {"version": "0", "bucket": {"name": BUCKET}, "object": entity, "reason": "PutObject"}
    return {"version": "0", "source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def from_versitygw(key: str) -> Notification:
    entry = create_record(key, "s3:ObjectCreated:Put", eTag=f'"{ETAG}"', versionId=None, sequencer="1")
    entry["s3"]["bucket"]["arn"] = f"arn:aws:s3:::/{BUCKET}/{key}"
    return {"Records": [entry]}


def from_moto_through_sns(key: str) -> Notification:
    return wrap_in_sns({"Records": [create_record(quote_plus(key))]})


def from_minio(key: str) -> Notification:
    entry = create_record(quote_plus(key), "s3:ObjectCreated:CompleteMultipartUpload", sequencer="17E1B0C3")
    return {"EventName": "s3:ObjectCreated:Put", "Key": f"{BUCKET}/{key}", "Records": [entry]}


def from_ceph(key: str) -> Notification:
    entry = create_record(key, versionId="", sequencer="F7E6D75DC742D108", metadata=[], tags=[])
    return {"Records": [{**entry, "eventId": "", "opaqueData": ""}]}


def from_cloudevents_adapter(key: str) -> Notification:
    return create_record(quote_plus(key, safe="/"))


def from_cloudevents_adapter_without_record(key: str) -> Notification:
    return dict(create_record(quote_plus(key, safe="/"))["s3"])


STORES = [
    from_aws,
    from_aws_through_sns,
    from_eventbridge,
    from_versitygw,
    from_moto_through_sns,
    from_minio,
    from_ceph,
    from_cloudevents_adapter,
    from_cloudevents_adapter_without_record,
]
for_every_store = pytest.mark.parametrize("store", STORES, ids=lambda store: store.__name__)


def get_candidates(notification: object) -> list[list[str]]:
    return [
        [upload.key for upload in candidates] for candidates in read_notification(json.dumps(notification).encode())
    ]


@pytest.mark.parametrize("key", KEYS)
@for_every_store
def test_correct_key_is_first_candidate(store: Any, key: str) -> None:
    (keys,) = get_candidates(store(key))
    assert keys[0] == key
    assert len(keys) == len(set(keys)) <= 2


@pytest.mark.parametrize("key", KEYS)
def test_raw_key_of_unknown_store_is_a_candidate(key: str) -> None:
    (keys,) = get_candidates({"Records": [create_record(key)]})
    assert key in keys


@for_every_store
@given(key=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_every_key_of_every_store_is_first_candidate(store: Any, key: str) -> None:
    (keys,) = get_candidates(store(key))
    assert keys[0] == key


def test_unnecessarily_encoded_key_is_decoded() -> None:
    (keys,) = get_candidates({"Records": [create_record(quote(KEYS[0], safe=""))]})
    assert keys[0] == KEYS[0]


def test_key_that_decodes_to_invalid_utf8_stays_raw() -> None:
    assert get_candidates({"Records": [create_record("in/acme/%FF.pdf")]}) == [["in/acme/%FF.pdf"]]


@for_every_store
def test_bucket_and_unquoted_etag_are_found(store: Any) -> None:
    (((upload, *_),)) = read_notification(json.dumps(store("in/acme/plain.pdf")).encode())
    assert (upload.bucket, upload.etag) == (BUCKET, ETAG)


def test_bucket_of_path_arn_overrides_wrong_bucket_name() -> None:
    notification = from_versitygw("in/acme/plain.pdf")
    notification["Records"][0]["s3"]["bucket"]["name"] = "pagebus-results"
    (((upload,),)) = read_notification(json.dumps(notification).encode())
    assert upload.bucket == BUCKET


def test_arn_without_path_is_ignored() -> None:
    notification = from_aws("in/acme/plain.pdf")
    notification["Records"][0]["s3"]["bucket"]["arn"] = "arn:aws:s3:::another"
    (((upload,),)) = read_notification(json.dumps(notification).encode())
    assert upload.bucket == BUCKET


@pytest.mark.parametrize(
    ("store", "version"),
    [
        (from_aws, "3HL4kqtJ"),
        (from_eventbridge, "3HL4kqtJ"),
        (from_versitygw, None),
        (from_minio, None),
        (from_ceph, None),
    ],
)
def test_missing_version_of_store_is_none(store: Any, version: str | None) -> None:
    (((upload, *_),)) = read_notification(json.dumps(store("in/acme/plain.pdf")).encode())
    assert upload.version_id == version


def test_each_created_record_is_an_upload() -> None:
    records = [
        create_record("a.pdf"),
        create_record("b.pdf", "ObjectRemoved:Delete"),
        create_record("c.pdf", "s3:ObjectCreated:Copy"),
    ]
    assert get_candidates({"Records": records}) == [["a.pdf"], ["c.pdf"]]
    assert get_candidates(wrap_in_sns({"Records": records})) == [["a.pdf"], ["c.pdf"]]


@pytest.mark.parametrize(
    "name",
    [
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "s3:ObjectRemoved:Delete",
        "s3:ObjectAccessed:Get",
        "ObjectTagging:Put",
        "ObjectRestore:Completed",
        "ObjectCreatedElsewhere",
    ],
)
def test_record_without_creation_gives_no_upload(name: str) -> None:
    assert get_candidates({"Records": [create_record("a.pdf", name)]}) == []
    assert get_candidates(create_record("a.pdf", name)) == []


def test_eventbridge_removal_gives_no_upload() -> None:
    assert get_candidates({**from_eventbridge("a.pdf"), "detail-type": "Object Deleted"}) == []


@pytest.mark.parametrize("wrapped", [dict, wrap_in_sns], ids=["plain", "sns"])
@pytest.mark.parametrize("service", ["Amazon S3", "S3"])
def test_s3_test_event_gives_no_upload(wrapped: Any, service: str) -> None:
    assert get_candidates(wrapped({"Service": service, "Event": "s3:TestEvent", "Bucket": BUCKET})) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"Records": null}',
        b'{"Records": [{}]}',
        b'{"Type": "Notification", "Message": "hello"}',
        b'{"Type": "Notification", "Message": {"Records": []}}',
        json.dumps({"Records": [create_record("")]}).encode(),
        json.dumps({"Records": [create_record("in/acme/%00.pdf")]}).encode(),
        json.dumps({"Records": [create_record("a.pdf", "ObjectCreated:Put", eTag=5)]}).encode(),
        b"[" * 100_000,
    ],
    ids=range(13),
)
def test_body_without_notification_is_rejected(body: bytes) -> None:
    with pytest.raises(InvalidEvent):
        read_notification(body)


def test_error_message_contains_no_key() -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_notification(json.dumps({"Records": [create_record("Mustermann\x00.pdf")]}).encode())
    assert "Mustermann" not in str(caught.value)


@pytest.mark.parametrize(
    ("event_time", "expected"),
    [
        ("2026-01-31T12:00:00.250Z", datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", None),
        ("2026-13-31T12:00:00.250Z", None),
        ("yesterday", None),
        (None, None),
    ],
    ids=["exact", "whole seconds", "no date", "no time", "absent"],
)
def test_upload_time_is_used_only_if_exact(event_time: str | None, expected: datetime | None) -> None:
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": event_time,
        "s3": {"bucket": {"name": "b"}, "object": {"key": "in/acme/a.png"}},
    }
    [(upload, *_)] = read_notification(json.dumps({"Records": [record]}).encode())
    assert upload.uploaded_at == expected
