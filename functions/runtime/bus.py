"""Publishing to Kafka: what is said is acknowledged by all replicas before anybody answers 2xx."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events import codec
from events.envelope import Envelope
from events.event import Event
from events.topics import key_of, topic_of
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.sending import Sending
from functions.runtime.telemetry.spans import harmless
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import UNTRACED, Trace

#: Below every handler's deadline, so that a broker that is down is an answer and not a hang.
DELIVERY_TIMEOUT_MS = 15_000

Record = codec.Record
#: Hears that a record is acknowledged, or the name of why it is not.
Done = Callable[[str | None], None]


class Publish(Protocol):
    """How a function says something."""

    def __call__(self, events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        """Return when Kafka has acknowledged every event. Raises Unavailable."""


class Bus:
    """A connection to Kafka for one function; `client` is where and as whom, as `KafkaSettings.kafka` says it."""

    def __init__(self, client: Mapping[str, str], function: str, telemetry: Telemetry) -> None:
        self._function, self._telemetry = function, telemetry
        self._producer = Producer(
            {
                **client,
                "client.id": f"pagebus-{function}",
                "enable.idempotence": True,
                "acks": "all",
                # Functions wait for every acknowledgement, so lingering would only add to each hop.
                "linger.ms": 0,
                "delivery.timeout.ms": DELIVERY_TIMEOUT_MS,
                "reconnect.backoff.max.ms": 1000,
                # What fails is told by each delivery; the client's own lines on stderr are no JSON.
                "log_level": 0,
            }
        )
        threading.Thread(target=self._poll, name="bus", daemon=True).start()

    def publish(self, events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        """Return when Kafka has acknowledged every event. Raises Unavailable."""
        now = datetime.now(UTC)
        topics = [topic_of(event, self._function) for event in events]
        sends = [
            self._telemetry.sending(topic, trace.cause(event)) for topic, event in zip(topics, events, strict=True)
        ]
        records = [self._record(*what, now, trace) for what in zip(topics, events, sends, strict=True)]
        self._produce(records, [send.done for send in sends])

    def produce(self, records: Sequence[Record]) -> None:
        """Publish (topic, key, value, headers), and wait until all are acknowledged. Raises Unavailable."""
        self._produce(records, [self._telemetry.sending(topic, None).done for topic, *_ in records])

    def _produce(self, records: Sequence[Record], done: Sequence[Done]) -> None:
        receipt = _Receipt(len(records))
        try:
            for (topic, key, value, headers), told in zip(records, done, strict=True):
                delivered = partial(receipt.delivered, told)
                self._producer.produce(topic, value, key, headers=list(headers.items()), on_delivery=delivered)
        except (BufferError, KafkaException) as error:
            raise Unavailable("Kafka takes no more events") from error
        receipt.wait()

    def topics(self) -> frozenset[str]:
        """The topics that exist. Raises Unavailable."""
        try:
            return frozenset(self._producer.list_topics(timeout=5).topics)
        except KafkaException as error:
            raise Unavailable("Kafka does not answer") from error

    def _record(self, topic: str, event: Event, send: Sending, now: datetime, trace: Trace) -> Record:
        envelope = Envelope.around(event, function=self._function, time=now, traceparent=trace.of(event))
        key = key_of(event)
        message = codec.to_kafka(envelope, key)
        return topic, key, message.value, {**message.headers, **send.headers()}

    def _poll(self) -> None:
        while True:
            self._producer.poll(1)


class _Receipt:
    """Counts acknowledgements, which come on the polling thread."""

    def __init__(self, expected: int) -> None:
        self._open = expected
        self._error: KafkaError | None = None
        self._changed = threading.Condition()

    def delivered(self, told: Done, error: KafkaError | None, _: Message) -> None:
        with self._changed:
            self._open -= 1
            self._error = self._error or error
            self._changed.notify()
        # What is raised here would end the polling thread, and with it every acknowledgement.
        with harmless():
            told(error.name() if error else None)

    def wait(self) -> None:
        with self._changed:
            in_time = self._changed.wait_for(lambda: self._open <= 0, DELIVERY_TIMEOUT_MS / 1000 + 5)
        if self._error or not in_time:
            raise Unavailable(f"Kafka did not acknowledge: {self._error.name() if self._error else 'no answer'}")
