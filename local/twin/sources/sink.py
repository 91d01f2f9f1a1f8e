"""KafkaSinks: a CloudEvent over HTTP becomes a record, and the response waits for Kafka's acknowledgement."""

import asyncio
from dataclasses import dataclass

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events import traceparent as context
from events.traceparent import TraceContext
from local.manifests.eventing import KafkaSink
from local.telemetry.span import Emit
from local.twin.http_client import HttpResponse
from local.twin.sources.cloudevent import (
    STRUCTURED_CONTENT_TYPE,
    CloudEvent,
    InvalidCloudEventError,
    from_attributes,
    from_structured,
)
from local.twin.sources.records import DeliveryRequest
from local.twin.tracing import trace_sink_write

log = structlog.get_logger()

_ACCEPTED, _BAD_REQUEST, _NOT_FOUND, _UNAVAILABLE = (
    HttpResponse(202),
    HttpResponse(400),
    HttpResponse(404),
    HttpResponse(503),
)
_FLUSH_SECONDS = 10.0

Fields = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True)
class SinkRecord:
    """The record that a sink writes; its key is the partitionkey of the event."""

    key: str | None
    value: bytes | None
    headers: Fields

    @property
    def trace_context(self) -> TraceContext | None:
        """The trace context in the headers of the record, or None."""
        return context.parse_traceparent(str(dict(self.headers).get("traceparent")))


def build_record(request: DeliveryRequest, mode: str = "binary") -> SinkRecord:
    """Return the record for a request, in the content mode of the sink.

    The request may be in either mode. Raise InvalidCloudEventError if it has no valid event.
    """
    headers = {name.lower(): value for name, value in request.headers}
    event = _parse_event(headers, request.body)
    key, parent = event.attributes.get("partitionkey"), request.trace_context
    traced: Fields = [("traceparent", str(parent.create_child()))] if parent else []
    if mode == "structured":
        return SinkRecord(key, event.as_structured(), [*traced, ("content-type", STRUCTURED_CONTENT_TYPE)])
    named: Fields = [(name.replace("ce-", "ce_", 1), value) for name, value in event.as_headers()]
    return SinkRecord(key, event.data or None, [*traced, *named])


def _parse_event(headers: dict[str, str], body: bytes | None) -> CloudEvent:
    if headers.get("content-type", "").startswith(STRUCTURED_CONTENT_TYPE):
        return from_structured(body)
    attributes = {name[3:]: value for name, value in headers.items() if name.startswith("ce-")}
    if "content-type" in headers:
        attributes["datacontenttype"] = headers["content-type"]
    return from_attributes(attributes, body)


class KafkaSinks:
    """The KafkaSinks behind the single ingress of a cluster; their paths are /NAMESPACE/NAME."""

    def __init__(self, sinks: list[KafkaSink], servers: str, emit: Emit) -> None:
        self._sinks = {f"/{sink.metadata.namespace}/{sink.metadata.name}": sink.spec for sink in sinks}
        self._servers = servers
        self._emit = emit
        self._producer: Producer | None = None

    async def call(self, target: str, request: DeliveryRequest) -> HttpResponse:
        sink = self._sinks.get(target.partition("?")[0])
        if sink is None:
            return _NOT_FOUND
        try:
            record = build_record(request, sink.content_mode)
        except InvalidCloudEventError:
            return _BAD_REQUEST
        with trace_sink_write(request, record.trace_context, sink.topic, self._emit) as attributes:
            answer = await asyncio.to_thread(self._produce, sink.topic, record)
            if answer is not _ACCEPTED:
                attributes["error.type"] = str(answer.status)
            return answer

    def _produce(self, topic: str, record: SinkRecord) -> HttpResponse:
        failures: list[KafkaError] = []
        done: list[Message] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            done.append(message)
            failures.extend([error] if error else [])

        try:
            producer = self._get_producer()
            producer.produce(topic, record.value, record.key, headers=record.headers, on_delivery=delivered)
            producer.flush(_FLUSH_SECONDS)
        except (KafkaException, BufferError) as error:
            log.warning("sink.not_produced", topic=topic, reason=str(error))
            return _UNAVAILABLE
        if failures or not done:
            log.warning("sink.not_produced", topic=topic, reason=str(failures[0]) if failures else "no answer in time")
            return _UNAVAILABLE
        return _ACCEPTED

    def _get_producer(self) -> Producer:
        # Created for the first event: dead letters are rare, and an idle producer costs memory and a connection.
        if self._producer is None:
            self._producer = Producer(
                {
                    "bootstrap.servers": self._servers,
                    "enable.idempotence": True,
                    "message.max.bytes": 1_048_576,
                    "linger.ms": 0,
                }
            )
        return self._producer
