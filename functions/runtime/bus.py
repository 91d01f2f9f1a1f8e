"""Publisher of events to Kafka. It returns after all in-sync replicas have acknowledged the events."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events import codec
from events.codec import KafkaRecord
from events.envelope import Envelope
from events.event import Event
from events.topics import get_record_key, get_topic
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.publishing import PublishSpan
from functions.runtime.telemetry.spans import suppress_errors
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import NO_TRACE, Trace

#: Shorter than every handler's deadline, so a broker that is down leads to an error and not to a stalled request.
DELIVERY_TIMEOUT_MS = 15_000

#: Receives None when Kafka has acknowledged a record, or the name of the Kafka error when the delivery has failed.
DeliveryCallback = Callable[[str | None], None]


class Publish(Protocol):
    """A function that publishes events."""

    def __call__(self, events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
        """Publish the events and return when Kafka has acknowledged them all. Raise Unavailable otherwise."""


class Bus:
    """A Kafka producer of one function. `client_config` comes from `KafkaSettings.kafka_client_config`."""

    def __init__(self, client_config: Mapping[str, str], function: str, telemetry: Telemetry) -> None:
        self._function, self._telemetry = function, telemetry
        self._producer = Producer(
            {
                **client_config,
                "client.id": f"pagebus-{function}",
                "enable.idempotence": True,
                "acks": "all",
                # Functions wait for every acknowledgement, so lingering would only delay each hop.
                "linger.ms": 0,
                "delivery.timeout.ms": DELIVERY_TIMEOUT_MS,
                "reconnect.backoff.max.ms": 1000,
                # Delivery callbacks report failures. The client's own lines on stderr are not JSON.
                "log_level": 0,
            }
        )
        threading.Thread(target=self._poll, name="bus", daemon=True).start()

    def publish(self, events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
        """Publish the events and return when Kafka has acknowledged them all. Raise Unavailable otherwise.

        `trace` is the trace of the request that caused the events.
        """
        now = datetime.now(UTC)
        topics = [get_topic(event, self._function) for event in events]
        spans = [
            self._telemetry.start_publishing(topic, trace.find_cause(event))
            for topic, event in zip(topics, events, strict=True)
        ]
        records = [
            self._to_record(topic, event, span, now, trace)
            for topic, event, span in zip(topics, events, spans, strict=True)
        ]
        self._produce(records, [span.end for span in spans])

    def produce(self, records: Sequence[KafkaRecord]) -> None:
        """Publish serialized records and return when Kafka has acknowledged them all. Raise Unavailable otherwise."""
        self._produce(records, [self._telemetry.start_publishing(topic, None).end for topic, *_ in records])

    def _produce(self, records: Sequence[KafkaRecord], callbacks: Sequence[DeliveryCallback]) -> None:
        """Send the records and wait until Kafka has acknowledged them. `callbacks` has one callback for each record."""
        acknowledgements = _Acknowledgements(len(records))
        try:
            for (topic, key, value, headers), callback in zip(records, callbacks, strict=True):
                on_delivery = partial(acknowledgements.count, callback)
                self._producer.produce(topic, value, key, headers=list(headers.items()), on_delivery=on_delivery)
        except (BufferError, KafkaException) as error:
            raise Unavailable("Kafka does not accept more events") from error
        acknowledgements.wait()

    def list_topics(self) -> frozenset[str]:
        """Return the names of all topics. Raise Unavailable if Kafka does not answer."""
        try:
            return frozenset(self._producer.list_topics(timeout=5).topics)
        except KafkaException as error:
            raise Unavailable("Kafka does not answer") from error

    def _to_record(self, topic: str, event: Event, span: PublishSpan, now: datetime, trace: Trace) -> KafkaRecord:
        origin = trace.get_origin(event)
        envelope = Envelope.from_event(event, function=self._function, time=now, traceparent=origin)
        key = get_record_key(event)
        message = codec.to_kafka(envelope, key)
        return topic, key, message.value, {**message.headers, **span.get_headers()}

    def _poll(self) -> None:
        while True:
            self._producer.poll(1)


class _Acknowledgements:
    """A counter of the records without a delivery report.

    The polling thread calls `count` for each report. The publishing thread calls `wait`, which raises Unavailable if a
    delivery failed or a report is missing.
    """

    def __init__(self, expected: int) -> None:
        self._pending = expected
        self._error: KafkaError | None = None
        self._changed = threading.Condition()

    def count(self, callback: DeliveryCallback, error: KafkaError | None, _: Message) -> None:
        with self._changed:
            self._pending -= 1
            self._error = self._error or error
            self._changed.notify()
        # An exception here would end the polling thread, and no further acknowledgement would arrive.
        with suppress_errors():
            callback(error.name() if error else None)

    def wait(self) -> None:
        with self._changed:
            is_complete = self._changed.wait_for(lambda: self._pending <= 0, DELIVERY_TIMEOUT_MS / 1000 + 5)
        if self._error or not is_complete:
            reason = self._error.name() if self._error else "no answer"
            raise Unavailable(f"Kafka did not acknowledge the events: {reason}")
