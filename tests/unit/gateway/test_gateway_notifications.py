"""S3 notifications over HTTP are on the bus before the store gets its answer."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from events.notifications import read_notification
from functions.gateway import notifications
from functions.gateway.api import MAX_BODY_BYTES
from functions.runtime.app import add_error_handlers
from functions.runtime.errors import Unavailable

Payload = dict[str, Any]
Produced = list[tuple[str, str | None, bytes, dict[str, bytes]]]
KEYS = ["in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png", "in/acme/" + "ü" * 508]


def create_client(produce: notifications.Produce) -> FlaskClient:
    app = Flask("test")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    add_error_handlers(app)
    app.register_blueprint(notifications.create_notification_routes(produce))
    return app.test_client()


def post_notification(payload: object, produced: Produced | None = None) -> TestResponse:
    collected: Produced = [] if produced is None else produced
    return create_client(collected.extend).post(
        "/v1/notifications/s3", data=json.dumps(payload), content_type="text/plain"
    )


def make_record(key: str, event: str = "ObjectCreated:Put") -> Payload:
    entity = {"key": key, "size": 3, "eTag": "9a0364b9e99bb480dd25e1f0284c8555"}
    return {"eventName": event, "s3": {"bucket": {"name": "pagebus-uploads"}, "object": entity}}


def make_notification(*records: Payload) -> Payload:
    return {"Records": list(records)}


def wrap_in_sns(payload: Payload) -> Payload:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-central-1:1:t", "Message": json.dumps(payload)}


def make_confirmation(kind: str = "SubscriptionConfirmation") -> Payload:
    url = "http://169.254.169.254/latest/meta-data"
    return {"Type": kind, "TopicArn": "arn:aws:sns:eu-central-1:1:t", "Token": "2336412f", "SubscribeURL": url}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "wrap", [make_notification, lambda record: wrap_in_sns(make_notification(record))], ids=["raw", "sns"]
)
def test_created_object_is_published_unchanged(key: str, wrap: Any) -> None:
    produced: Produced = []
    answer = post_notification(wrap(make_record(quote_plus(key))), produced)
    assert answer.status_code == 204
    [(topic, kafka_key, value, _)] = produced
    assert (topic, kafka_key) == ("pagebus.uploads", None)
    [readings] = read_notification(value)
    assert readings[0].key == key


@pytest.mark.parametrize(
    "payload",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pagebus-uploads"},
        wrap_in_sns({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pagebus-uploads"}),
        make_notification(make_record("in/acme/a.png", "ObjectRemoved:Delete")),
        make_notification(),
    ],
)
def test_notification_without_creation_publishes_nothing(payload: Payload) -> None:
    produced: Produced = []
    assert post_notification(payload, produced).status_code == 204
    assert produced == []


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_subscription_is_logged_and_never_fetched(kind: str) -> None:
    produced: Produced = []
    with structlog.testing.capture_logs() as logged:
        assert post_notification(make_confirmation(kind), produced).status_code == 200
    assert produced == []
    [entry] = logged
    assert (entry["event"], entry["token"]) == ("sns.confirmation", "2336412f")
    assert entry["topic"] == "arn:aws:sns:eu-central-1:1:t"
    assert "confirm-subscription" in entry["see"]
    assert "169.254" not in json.dumps(entry)


@pytest.mark.parametrize(
    "change", [{"TopicArn": "a secret"}, {"TopicArn": "arn:aws:sns:x:1:a secret"}, {"Token": "a secret"}]
)
def test_forged_sns_fields_are_not_logged(change: Payload) -> None:
    with structlog.testing.capture_logs() as logged:
        assert post_notification(make_confirmation() | change).status_code == 200
    [entry] = logged
    assert "secret" not in json.dumps(entry)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"{}", b'"x"', b"\xff\xfe", b'{"Records": 1}', b'{"Records": [{}]}', b"[" * 100_000),
        b'{"Type": "Notification", "Message": "no JSON"}',
        b'{"Type": "SubscriptionConfirmation"}',
    ],
)
def test_other_body_is_unprocessable(body: bytes) -> None:
    answer = create_client(lambda _: None).post("/v1/notifications/s3", data=body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_too_large_body_is_refused() -> None:
    answer = create_client(lambda _: None).post("/v1/notifications/s3", data=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


def test_kafka_outage_answers_503() -> None:
    def fail(_: Sequence[object]) -> None:
        raise Unavailable("Kafka did not acknowledge: _MSG_TIMED_OUT")

    answer = create_client(fail).post("/v1/notifications/s3", json=make_notification(make_record("in/acme/a.png")))
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
