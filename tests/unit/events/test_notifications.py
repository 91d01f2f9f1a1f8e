"""However a store puts it, the object that was created is found, and nothing else is."""

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
Said = dict[str, Any]


def record(key: str, name: str = "ObjectCreated:Put", **of_object: object) -> Said:
    entity = {"key": key, "size": 3, "eTag": ETAG, **of_object}
    return {"eventSource": "aws:s3", "eventName": name, "s3": {"bucket": {"name": BUCKET}, "object": entity}}


def sns(said: object) -> Said:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-central-1:1:t", "Message": json.dumps(said)}


def aws(key: str) -> Said:
    return {"Records": [record(quote_plus(key, safe="/"), versionId="3HL4kqtJ", sequencer="0055AED6DCD90281E5")]}


def aws_through_sns(key: str) -> Said:
    return sns(aws(key))


def eventbridge(key: str) -> Said:
    entity = {"key": key, "size": 3, "etag": ETAG, "version-id": "3HL4kqtJ", "sequencer": "0055AED6DCD90281E5"}
    detail = {"version": "0", "bucket": {"name": BUCKET}, "object": entity, "reason": "PutObject"}
    return {"version": "0", "source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def versitygw(key: str) -> Said:
    one = record(key, "s3:ObjectCreated:Put", eTag=f'"{ETAG}"', versionId=None, sequencer="1")
    one["s3"]["bucket"]["arn"] = f"arn:aws:s3:::/{BUCKET}/{key}"
    return {"Records": [one]}


def moto_through_sns(key: str) -> Said:
    return sns({"Records": [record(quote_plus(key))]})


def minio(key: str) -> Said:
    one = record(quote_plus(key), "s3:ObjectCreated:CompleteMultipartUpload", sequencer="17E1B0C3")
    return {"EventName": "s3:ObjectCreated:Put", "Key": f"{BUCKET}/{key}", "Records": [one]}


def ceph(key: str) -> Said:
    one = record(key, versionId="", sequencer="F7E6D75DC742D108", metadata=[], tags=[])
    return {"Records": [{**one, "eventId": "", "opaqueData": ""}]}


def cloudevents_adapter(key: str) -> Said:
    return record(quote_plus(key, safe="/"))


def cloudevents_adapter_without_the_record(key: str) -> Said:
    return dict(record(quote_plus(key, safe="/"))["s3"])


STORES = [
    aws,
    aws_through_sns,
    eventbridge,
    versitygw,
    moto_through_sns,
    minio,
    ceph,
    cloudevents_adapter,
    cloudevents_adapter_without_the_record,
]
every_store = pytest.mark.parametrize("store", STORES, ids=lambda store: store.__name__)


def spellings(said: object) -> list[list[str]]:
    return [[upload.key for upload in one] for one in read_notification(json.dumps(said).encode())]


@pytest.mark.parametrize("key", KEYS)
@every_store
def test_the_right_spelling_of_a_key_comes_first(store: Any, key: str) -> None:
    (keys,) = spellings(store(key))
    assert keys[0] == key
    assert len(keys) == len(set(keys)) <= 2


@pytest.mark.parametrize("key", KEYS)
def test_a_raw_key_from_an_unknown_store_is_among_the_spellings(key: str) -> None:
    (keys,) = spellings({"Records": [record(key)]})
    assert key in keys


@every_store
@given(key=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_every_key_is_found_however_it_is_written(store: Any, key: str) -> None:
    (keys,) = spellings(store(key))
    assert keys[0] == key


def test_a_key_that_is_encoded_more_than_needed_is_decoded() -> None:
    (keys,) = spellings({"Records": [record(quote(KEYS[0], safe=""))]})
    assert keys[0] == KEYS[0]


def test_a_sign_that_decodes_to_no_text_is_meant_as_it_stands() -> None:
    assert spellings({"Records": [record("in/acme/%FF.pdf")]}) == [["in/acme/%FF.pdf"]]


@every_store
def test_bucket_and_etag_are_found_without_quotes(store: Any) -> None:
    (((upload, *_),)) = read_notification(json.dumps(store("in/acme/plain.pdf")).encode())
    assert (upload.bucket, upload.etag) == (BUCKET, ETAG)


def test_a_notification_with_the_bucket_of_another_request_names_the_bucket_of_its_arn() -> None:
    said = versitygw("in/acme/plain.pdf")
    said["Records"][0]["s3"]["bucket"]["name"] = "pagebus-results"
    (((upload,),)) = read_notification(json.dumps(said).encode())
    assert upload.bucket == BUCKET


def test_the_arn_of_a_bucket_alone_changes_nothing() -> None:
    said = aws("in/acme/plain.pdf")
    said["Records"][0]["s3"]["bucket"]["arn"] = "arn:aws:s3:::another"
    (((upload,),)) = read_notification(json.dumps(said).encode())
    assert upload.bucket == BUCKET


@pytest.mark.parametrize(
    ("store", "version"), [(aws, "3HL4kqtJ"), (eventbridge, "3HL4kqtJ"), (versitygw, None), (minio, None), (ceph, None)]
)
def test_a_version_is_one_only_where_the_store_has_it(store: Any, version: str | None) -> None:
    (((upload, *_),)) = read_notification(json.dumps(store("in/acme/plain.pdf")).encode())
    assert upload.version_id == version


def test_several_records_are_several_uploads_and_removals_among_them_none() -> None:
    records = [record("a.pdf"), record("b.pdf", "ObjectRemoved:Delete"), record("c.pdf", "s3:ObjectCreated:Copy")]
    assert spellings({"Records": records}) == [["a.pdf"], ["c.pdf"]]
    assert spellings(sns({"Records": records})) == [["a.pdf"], ["c.pdf"]]


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
def test_what_creates_nothing_says_nothing(name: str) -> None:
    assert spellings({"Records": [record("a.pdf", name)]}) == []
    assert spellings(record("a.pdf", name)) == []


def test_a_removal_through_eventbridge_says_nothing() -> None:
    assert spellings({**eventbridge("a.pdf"), "detail-type": "Object Deleted"}) == []


@pytest.mark.parametrize("wrapped", [dict, sns], ids=["plain", "sns"])
@pytest.mark.parametrize("service", ["Amazon S3", "S3"])
def test_a_test_event_says_nothing(wrapped: Any, service: str) -> None:
    assert spellings(wrapped({"Service": service, "Event": "s3:TestEvent", "Bucket": BUCKET})) == []


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
        json.dumps({"Records": [record("")]}).encode(),
        json.dumps({"Records": [record("in/acme/%00.pdf")]}).encode(),
        json.dumps({"Records": [record("a.pdf", "ObjectCreated:Put", eTag=5)]}).encode(),
        b"[" * 100_000,
    ],
    ids=range(13),
)
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidEvent):
        read_notification(body)


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(InvalidEvent) as refused:
        read_notification(json.dumps({"Records": [record("Mustermann\x00.pdf")]}).encode())
    assert "Mustermann" not in str(refused.value)


@pytest.mark.parametrize(
    ("told", "understood"),
    [
        ("2026-01-31T12:00:00.250Z", datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", None),
        ("2026-13-31T12:00:00.250Z", None),
        ("yesterday", None),
        (None, None),
    ],
    ids=["exact", "whole seconds", "no date", "no time", "absent"],
)
def test_the_time_of_an_upload_is_believed_where_the_store_tells_it_exactly(
    told: str | None, understood: datetime | None
) -> None:
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": told,
        "s3": {"bucket": {"name": "b"}, "object": {"key": "in/acme/a.png"}},
    }
    [(upload, *_)] = read_notification(json.dumps({"Records": [record]}).encode())
    assert upload.uploaded_at == understood
