"""What is said is on the topic when `publish` returns, or `publish` says that it is not."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage
from confluent_kafka import Consumer, Message, Producer
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanContext

from events import codec
from events.envelope import read
from events.page import PageRequested
from functions.runtime import bus as bus_module
from functions.runtime.bus import Bus
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.sending import Sending
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace
from tests.fakes import telemetry


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """The broker that librdkafka brings, which speaks the real protocol."""
    owner = Producer({"test.mock.num.brokers": 1})
    found = owner.list_topics(timeout=10).brokers
    yield ",".join(f"{b.host}:{b.port}" for b in found.values())
    owner.flush(0)


REQUEST = PageRequested(
    document=uuid4(),
    tenant="acme",
    bucket="b",
    key="in/acme/Größe.pdf",
    etag="e",
    page=2,
    pages=3,
    sha256="0" * 64,
    media_type="application/pdf",
    languages=("deu",),
    engine="tesseract",
    why="it is the first",
    min_confidence=0.5,
    bulk=True,
    requested_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def first(broker: str, topic: str) -> Message:
    consumer = Consumer({"bootstrap.servers": broker, "group.id": str(uuid4()), "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    try:
        for _ in range(30):
            if (record := consumer.poll(1)) is not None and record.error() is None:
                return record
    finally:
        consumer.close()
    raise AssertionError("no record came")


def test_a_published_event_is_a_binary_cloudevent_on_its_topic_under_its_key(broker: str) -> None:
    origin = f"00-{'a' * 32}-{'c' * 16}-01"

    Bus({"bootstrap.servers": broker}, "intake", telemetry()).publish([REQUEST], Trace(origin))

    record = first(broker, "pagebus.pages.tesseract.bulk")
    headers = dict(record.headers() or [])
    assert record.key() == f"{REQUEST.document}/pages/2".encode()
    assert headers["ce_id"] == str(REQUEST.id).encode()
    assert headers["ce_source"] == b"/pagebus/intake"
    assert headers["ce_traceparent"] == origin.encode()
    assert str(headers["traceparent"]).split("-")[1] == "a" * 32
    assert headers["traceparent"] != origin.encode(), "what is sent is a span of its own"
    message = KafkaMessage(headers=headers, key=None, value=record.value() or b"")  # type: ignore[arg-type]  # the stubs also allow lists and None
    assert read(codec.from_kafka(message), PageRequested) == REQUEST


def test_topics_are_named(broker: str) -> None:
    bus = Bus({"bootstrap.servers": broker}, "intake", telemetry())
    bus.publish([REQUEST])

    assert "pagebus.pages.tesseract.bulk" in bus.topics()


def test_a_broker_that_is_away_is_said_and_nothing_is_taken_for_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "DELIVERY_TIMEOUT_MS", 500)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        bus = Bus({"bootstrap.servers": f"127.0.0.1:{nobody.getsockname()[1]}"}, "intake", telemetry())

        with pytest.raises(Unavailable):
            bus.publish([REQUEST])


class _Clumsy(Telemetry):
    """Fails to tell of anything."""

    def sending(self, topic: str, cause: SpanContext | None) -> Sending:
        sending = super().sending(topic, cause)

        def fail(error: str | None) -> None:  # noqa: ARG001  # the real one's
            raise RuntimeError

        sending.done = fail  # type: ignore[method-assign]  # that is the point
        return sending


def test_what_cannot_be_told_is_published_all_the_same(broker: str) -> None:
    bus = Bus({"bootstrap.servers": broker}, "intake", _Clumsy(Replica("clumsy", 0), Resource({}), (), MeterProvider()))

    for _ in range(2):
        bus.publish([REQUEST])
