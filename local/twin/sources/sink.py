"""A KafkaSink: a CloudEvent by HTTP becomes a record, and is answered only when Kafka has it."""

import asyncio
from dataclasses import dataclass

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from events import traceparent as context
from events.traceparent import Context
from local.manifests.eventing import KafkaSink
from local.telemetry.span import Emit
from local.twin.http import Answer
from local.twin.sources.cloudevent import STRUCTURED, Event, NoCloudEventError, from_attributes, from_structured
from local.twin.sources.records import Request
from local.twin.tracing import sending

log = structlog.get_logger()

_ACCEPTED, _BAD_REQUEST, _NOT_FOUND, _UNAVAILABLE = Answer(202), Answer(400), Answer(404), Answer(503)
_FLUSH_SECONDS = 10.0

Fields = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True)
class Produced:
    """What a sink writes, keyed by the event's partitionkey."""

    key: str | None
    value: bytes | None
    headers: Fields

    @property
    def context(self) -> Context | None:
        """The span that it tells of."""
        return context.read(str(dict(self.headers).get("traceparent")))


def produced(request: Request, mode: str = "binary") -> Produced:
    """The record, in the sink's mode, for a request in either; raises NoCloudEventError."""
    headers = {name.lower(): value for name, value in request.headers}
    event = _event(headers, request.body)
    key, came = event.attributes.get("partitionkey"), request.context
    traced: Fields = [("traceparent", str(came.child()))] if came else []
    if mode == "structured":
        return Produced(key, event.structured(), [*traced, ("content-type", STRUCTURED)])
    named: Fields = [(name.replace("ce-", "ce_", 1), value) for name, value in event.headers()]
    return Produced(key, event.data or None, [*traced, *named])


def _event(headers: dict[str, str], body: bytes | None) -> Event:
    if headers.get("content-type", "").startswith(STRUCTURED):
        return from_structured(body)
    attributes = {name[3:]: value for name, value in headers.items() if name.startswith("ce-")}
    if "content-type" in headers:
        attributes["datacontenttype"] = headers["content-type"]
    return from_attributes(attributes, body)


class Sinks:
    """All KafkaSinks behind the one ingress that a cluster has; paths are /NAMESPACE/NAME."""

    def __init__(self, sinks: list[KafkaSink], servers: str, emit: Emit) -> None:
        self._sinks = {f"/{sink.metadata.namespace}/{sink.metadata.name}": sink.spec for sink in sinks}
        self._servers = servers
        self._emit = emit
        self._producer: Producer | None = None

    async def call(self, target: str, request: Request) -> Answer:
        sink = self._sinks.get(target.partition("?")[0])
        if sink is None:
            return _NOT_FOUND
        try:
            record = produced(request, sink.content_mode)
        except NoCloudEventError:
            return _BAD_REQUEST
        with sending(request, record.context, sink.topic, self._emit) as found:
            answer = await asyncio.to_thread(self._produce, sink.topic, record)
            if answer is not _ACCEPTED:
                found["error.type"] = str(answer.status)
            return answer

    def _produce(self, topic: str, record: Produced) -> Answer:
        failures: list[KafkaError] = []
        done: list[Message] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            done.append(message)
            failures.extend([error] if error else [])

        try:
            producer = self._connected()
            producer.produce(topic, record.value, record.key, headers=record.headers, on_delivery=delivered)
            producer.flush(_FLUSH_SECONDS)
        except (KafkaException, BufferError) as error:
            log.warning("sink.not_produced", topic=topic, reason=str(error))
            return _UNAVAILABLE
        if failures or not done:
            log.warning("sink.not_produced", topic=topic, reason=str(failures[0]) if failures else "no answer in time")
            return _UNAVAILABLE
        return _ACCEPTED

    def _connected(self) -> Producer:
        # Made with the first event: dead letters are rare, and an idle producer costs memory and a connection.
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
