"""Publishing to Kafka: `publish` returns after the events are on their topics, or raises an exception."""

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
from events.envelope import parse_event
from events.page import PageRequested
from functions.runtime import bus as bus_module
from functions.runtime.bus import Bus
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.publishing import PublishSpan
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace
from tests.fakes import create_telemetry


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """Address of librdkafka's mock broker, which implements the real protocol."""
    owner = Producer({"test.mock.num.brokers": 1})
    brokers = owner.list_topics(timeout=10).brokers
    yield ",".join(f"{b.host}:{b.port}" for b in brokers.values())
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


def read_first_record(broker: str, topic: str) -> Message:
    consumer = Consumer({"bootstrap.servers": broker, "group.id": str(uuid4()), "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    try:
        for _ in range(30):
            if (record := consumer.poll(1)) is not None and record.error() is None:
                return record
    finally:
        consumer.close()
    raise AssertionError("no record arrived within 30 s")


def test_published_event_is_binary_cloudevent_on_its_topic(broker: str) -> None:
    origin = f"00-{'a' * 32}-{'c' * 16}-01"

    Bus({"bootstrap.servers": broker}, "intake", create_telemetry()).publish([REQUEST], Trace(origin))

    record = read_first_record(broker, "pagebus.pages.tesseract.bulk")
    headers = dict(record.headers() or [])
    assert record.key() == f"{REQUEST.document}/pages/2".encode()
    assert headers["ce_id"] == str(REQUEST.id).encode()
    assert headers["ce_source"] == b"/pagebus/intake"
    assert headers["ce_traceparent"] == origin.encode()
    assert str(headers["traceparent"]).split("-")[1] == "a" * 32
    assert headers["traceparent"] != origin.encode(), "the record has a new span"
    message = KafkaMessage(headers=headers, key=None, value=record.value() or b"")  # type: ignore[arg-type]  # the stubs also allow lists and None
    assert parse_event(codec.from_kafka(message), PageRequested) == REQUEST


def test_topics_are_listed(broker: str) -> None:
    bus = Bus({"bootstrap.servers": broker}, "intake", create_telemetry())
    bus.publish([REQUEST])

    assert "pagebus.pages.tesseract.bulk" in bus.list_topics()


def test_publish_without_broker_raises_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "DELIVERY_TIMEOUT_MS", 500)
    with socket.socket() as closed_port:
        closed_port.bind(("127.0.0.1", 0))
        bus = Bus({"bootstrap.servers": f"127.0.0.1:{closed_port.getsockname()[1]}"}, "intake", create_telemetry())

        with pytest.raises(Unavailable):
            bus.publish([REQUEST])


class _FailingTelemetry(Telemetry):
    """Telemetry that fails at the end of each span."""

    def start_publishing(self, topic: str, cause: SpanContext | None) -> PublishSpan:
        span = super().start_publishing(topic, cause)

        def fail(error: str | None) -> None:  # noqa: ARG001  # the signature of PublishSpan.end
            raise RuntimeError

        span.end = fail  # type: ignore[method-assign]  # the fake must fail
        return span


def test_event_is_published_if_telemetry_fails(broker: str) -> None:
    bus = Bus(
        {"bootstrap.servers": broker},
        "intake",
        _FailingTelemetry(Replica("failing", 0), Resource({}), (), MeterProvider()),
    )

    for _ in range(2):
        bus.publish([REQUEST])
