"""KafkaSinks: they write CloudEvents from HTTP requests to topics, and respond after Kafka's acknowledgement."""

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

RecordHeaders = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True)
class SinkRecord:
    """The record that a sink writes; `key` is the extension `partitionkey` of the event, or None."""

    key: str | None
    value: bytes | None
    headers: RecordHeaders

    @property
    def trace_context(self) -> TraceContext | None:
        """The trace context in the headers of the record, or None if there is no valid one."""
        return context.parse_traceparent(str(dict(self.headers).get("traceparent")))


def build_record(request: DeliveryRequest, mode: str = "binary") -> SinkRecord:
    """Return the record for a request, in the content mode `mode` of the sink: `binary` or `structured`.

    The request may be in another mode. Raise InvalidCloudEventError if it contains no valid event.
    """
    headers = {name.lower(): value for name, value in request.headers}
    event = _parse_event(headers, request.body)
    key, parent = event.attributes.get("partitionkey"), request.trace_context
    trace_headers: RecordHeaders = [("traceparent", str(parent.create_child()))] if parent else []
    if mode == "structured":
        return SinkRecord(key, event.as_structured(), [*trace_headers, ("content-type", STRUCTURED_CONTENT_TYPE)])
    event_headers: RecordHeaders = [(name.replace("ce-", "ce_", 1), value) for name, value in event.as_headers()]
    return SinkRecord(key, event.data or None, [*trace_headers, *event_headers])


def _parse_event(headers: dict[str, str], body: bytes | None) -> CloudEvent:
    if headers.get("content-type", "").startswith(STRUCTURED_CONTENT_TYPE):
        return from_structured(body)
    attributes = {name[3:]: value for name, value in headers.items() if name.startswith("ce-")}
    if "content-type" in headers:
        attributes["datacontenttype"] = headers["content-type"]
    return from_attributes(attributes, body)


class KafkaSinks:
    """Server of all KafkaSinks. As on a cluster, they share one host, and each has the path /NAMESPACE/NAME."""

    def __init__(self, sinks: list[KafkaSink], servers: str, emit: Emit) -> None:
        self._sinks = {f"/{sink.metadata.namespace}/{sink.metadata.name}": sink.spec for sink in sinks}
        self._servers = servers
        self._emit = emit
        self._producer: Producer | None = None

    async def call(self, target: str, request: DeliveryRequest) -> HttpResponse:
        """Write the event to the topic of the sink at `target`, and return the sink's response.

        Its status is 202, 400 for an invalid event, 404 for an unknown sink, or 503 if Kafka does not acknowledge.
        """
        sink = self._sinks.get(target.partition("?")[0])
        if sink is None:
            return _NOT_FOUND
        try:
            record = build_record(request, sink.content_mode)
        except InvalidCloudEventError:
            return _BAD_REQUEST
        with trace_sink_write(request, record.trace_context, sink.topic, self._emit) as attributes:
            response = await asyncio.to_thread(self._produce, sink.topic, record)
            if response is not _ACCEPTED:
                attributes["error.type"] = str(response.status)
            return response

    def _produce(self, topic: str, record: SinkRecord) -> HttpResponse:
        failures: list[KafkaError] = []
        acknowledged: list[Message] = []

        def record_delivery(error: KafkaError | None, message: Message) -> None:
            acknowledged.append(message)
            failures.extend([error] if error else [])

        try:
            producer = self._get_producer()
            producer.produce(topic, record.value, record.key, headers=record.headers, on_delivery=record_delivery)
            producer.flush(_FLUSH_SECONDS)
        except (KafkaException, BufferError) as error:
            log.warning("sink.not_produced", topic=topic, reason=str(error))
            return _UNAVAILABLE
        if failures or not acknowledged:
            log.warning("sink.not_produced", topic=topic, reason=str(failures[0]) if failures else "no answer in time")
            return _UNAVAILABLE
        return _ACCEPTED

    def _get_producer(self) -> Producer:
        # Do not create the producer earlier: dead letters are rare, and an idle producer costs memory and a connection.
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
