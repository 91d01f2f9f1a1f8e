"""Metrics of every function, named after OpenTelemetry's FaaS and messaging conventions, and the age of events."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.metrics import Histogram, Meter

from functions.runtime.telemetry.handling import PUBSUB, EventArrival
from functions.runtime.telemetry.replica import Replica

_NS = 10**9
#: Histogram buckets in seconds, from the duration of one hop to the longest reading of a page.
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
#: Histogram buckets in seconds for the age of events, which may wait for a day.
AGES = (*DURATIONS, 900, 3600, 14_400, 86_400)


class FunctionMetrics:
    """The OpenTelemetry instruments that every function has, for one process."""

    def __init__(self, meter: Meter) -> None:
        self._invocations = meter.create_counter("faas.invocations", "{invocation}", "Events handled.")
        self._errors = meter.create_counter("faas.errors", "{error}", "Events whose handling failed.")
        self._timeouts = meter.create_counter("faas.timeouts", "{timeout}", "Requests that exceeded the deadline.")
        self._cold_starts = meter.create_counter(
            "faas.coldstarts", "{coldstart}", "Events that waited for the start of a replica."
        )
        self._invoke_duration = _create_histogram(
            meter, "faas.invoke_duration", "Time from the arrival of an event to the answer."
        )
        self._init_duration = _create_histogram(
            meter, "faas.init_duration", "Time from the start of a replica's process until it is ready."
        )
        self._process_duration = _create_histogram(
            meter, "messaging.process.duration", "Time from the arrival of an event to the answer, by topic."
        )
        self._publish_duration = _create_histogram(
            meter, "messaging.client.operation.duration", "Time until Kafka has acknowledged an event."
        )
        self._published = meter.create_counter("messaging.client.sent.messages", "{message}", "Events published.")
        self._age = _create_histogram(
            meter, "pagebus.queue.age", "Time from the publishing of an event to its arrival.", AGES
        )

    @contextmanager
    def record_handling(self, arrival: EventArrival, replica: Replica, *, is_cold_start: bool) -> Iterator[None]:
        """Record the event that is handled inside the context: its wait, duration, and the type of an exception."""
        trigger = {"faas.trigger": arrival.trigger}
        attributes: dict[str, str] = {**_create_topic_attributes(arrival.topic), "messaging.operation.name": "process"}
        if arrival.trigger == PUBSUB:
            self._age.record(arrival.wait_seconds, _create_topic_attributes(arrival.topic))
        if is_cold_start:
            self._cold_starts.add(1, trigger)
            self._init_duration.record((replica.ready_at_ns - replica.created_at_ns) / _NS, trigger)
        try:
            yield
        except Exception as error:
            attributes["error.type"] = type(error).__name__
            self._errors.add(1, {**trigger, "error.type": type(error).__name__})
            raise
        finally:
            seconds = (time.time_ns() - arrival.arrived_at_ns) / _NS
            self._invocations.add(1, trigger)
            self._invoke_duration.record(seconds, trigger)
            if arrival.trigger == PUBSUB:
                self._process_duration.record(seconds, attributes)

    def record_publishing(self, topic: str, seconds: float, error: str | None) -> None:
        """Record one published event. `error` is the name of the Kafka error, or None if the event was acknowledged."""
        operation = {**_create_topic_attributes(topic), "messaging.operation.name": "send"}
        attributes = {**operation, **({"error.type": error} if error else {})}
        self._published.add(1, attributes)
        self._publish_duration.record(seconds, attributes)

    def count_timeout(self) -> None:
        """Count one stalled request."""
        self._timeouts.add(1)


def _create_topic_attributes(name: str) -> dict[str, str]:
    return {"messaging.system": "kafka", "messaging.destination.name": name}


def _create_histogram(meter: Meter, name: str, description: str, buckets: tuple[float, ...] = DURATIONS) -> Histogram:
    return meter.create_histogram(name, "s", description, explicit_bucket_boundaries_advisory=buckets)
