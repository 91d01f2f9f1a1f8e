"""What a store tells over HTTP is on the bus before the store gets its answer."""

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
from functions.runtime.app import add_problems
from functions.runtime.errors import Unavailable

Said = dict[str, Any]
Produced = list[tuple[str, str | None, bytes, dict[str, bytes]]]
KEYS = ["in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png", "in/acme/" + "ü" * 508]


def client(produce: notifications.Produce) -> FlaskClient:
    app = Flask("test")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    add_problems(app)
    app.register_blueprint(notifications.routes(produce))
    return app.test_client()


def tell(said: object, produced: Produced | None = None) -> TestResponse:
    kept: Produced = [] if produced is None else produced
    return client(kept.extend).post("/v1/notifications/s3", data=json.dumps(said), content_type="text/plain")


def record(key: str, event: str = "ObjectCreated:Put") -> Said:
    entity = {"key": key, "size": 3, "eTag": "9a0364b9e99bb480dd25e1f0284c8555"}
    return {"eventName": event, "s3": {"bucket": {"name": "pagebus-uploads"}, "object": entity}}


def raw(*records: Said) -> Said:
    return {"Records": list(records)}


def sns(said: Said) -> Said:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-central-1:1:t", "Message": json.dumps(said)}


def confirmation(kind: str = "SubscriptionConfirmation") -> Said:
    url = "http://169.254.169.254/latest/meta-data"
    return {"Type": kind, "TopicArn": "arn:aws:sns:eu-central-1:1:t", "Token": "2336412f", "SubscribeURL": url}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("wrap", [raw, lambda one: sns(raw(one))], ids=["raw", "sns"])
def test_a_created_object_is_on_the_bus_as_the_store_put_it(key: str, wrap: Any) -> None:
    produced: Produced = []
    answer = tell(wrap(record(quote_plus(key))), produced)
    assert answer.status_code == 204
    [(topic, kafka_key, value, _)] = produced
    assert (topic, kafka_key) == ("pagebus.uploads", None)
    [readings] = read_notification(value)
    assert readings[0].key == key


@pytest.mark.parametrize(
    "said",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pagebus-uploads"},
        sns({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pagebus-uploads"}),
        raw(record("in/acme/a.png", "ObjectRemoved:Delete")),
        raw(),
    ],
)
def test_what_creates_nothing_is_answered_and_not_put_on_the_bus(said: Said) -> None:
    produced: Produced = []
    assert tell(said, produced).status_code == 204
    assert produced == []


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_subscription_is_logged_for_people_to_confirm_and_never_fetched(kind: str) -> None:
    produced: Produced = []
    with structlog.testing.capture_logs() as logged:
        assert tell(confirmation(kind), produced).status_code == 200
    assert produced == []
    [entry] = logged
    assert (entry["event"], entry["token"]) == ("sns.confirmation", "2336412f")
    assert entry["topic"] == "arn:aws:sns:eu-central-1:1:t"
    assert "confirm-subscription" in entry["see"]
    assert "169.254" not in json.dumps(entry)


@pytest.mark.parametrize(
    "odd", [{"TopicArn": "a secret"}, {"TopicArn": "arn:aws:sns:x:1:a secret"}, {"Token": "a secret"}]
)
def test_what_no_sns_would_say_is_not_logged(odd: Said) -> None:
    with structlog.testing.capture_logs() as logged:
        assert tell(confirmation() | odd).status_code == 200
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
def test_anything_else_is_refused_as_unusable(body: bytes) -> None:
    answer = client(lambda _: None).post("/v1/notifications/s3", data=body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_a_body_above_the_limit_is_refused() -> None:
    answer = client(lambda _: None).post("/v1/notifications/s3", data=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


def test_the_store_is_asked_to_try_again_while_kafka_is_down() -> None:
    def down(_: Sequence[object]) -> None:
        raise Unavailable("Kafka did not acknowledge: _MSG_TIMED_OUT")

    answer = client(down).post("/v1/notifications/s3", json=raw(record("in/acme/a.png")))
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
