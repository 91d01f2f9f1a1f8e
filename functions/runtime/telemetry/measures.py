"""What every function counts, by OpenTelemetry's names for functions and messaging, and the age of what waits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.metrics import Histogram, Meter

from functions.runtime.telemetry.handling import PUBSUB, Arrival
from functions.runtime.telemetry.replica import Replica

_NS = 10**9
#: Seconds: from what a hop costs to the longest that a page may take.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
#: An event may wait for a day.
AGES = (*SECONDS, 900, 3600, 14_400, 86_400)


class Measures:
    """The instruments of one process."""

    def __init__(self, meter: Meter) -> None:
        self._invocations = meter.create_counter("faas.invocations", "{invocation}", "Events handled.")
        self._errors = meter.create_counter("faas.errors", "{error}", "Events that could not be handled.")
        self._timeouts = meter.create_counter("faas.timeouts", "{timeout}", "Requests that outlived the deadline.")
        self._cold = meter.create_counter(
            "faas.coldstarts", "{coldstart}", "Events that a replica had to be started for."
        )
        self._invoked = _seconds(meter, "faas.invoke_duration", "From an event's arrival to its answer.")
        self._started = _seconds(meter, "faas.init_duration", "From a replica's process to its being ready.")
        self._processed = _seconds(meter, "messaging.process.duration", "The same, by topic.")
        self._operated = _seconds(meter, "messaging.client.operation.duration", "Until Kafka has acknowledged.")
        self._sent = meter.create_counter("messaging.client.sent.messages", "{message}", "Events published.")
        self._age = _seconds(meter, "pagebus.queue.age", "From an event's sending to its arrival.", AGES)

    @contextmanager
    def handled(self, arrival: Arrival, replica: Replica, *, cold: bool) -> Iterator[None]:
        """Count one event, and what is raised over it."""
        trigger = {"faas.trigger": arrival.trigger}
        where: dict[str, str] = {**_topic(arrival.topic), "messaging.operation.name": "process"}
        if arrival.trigger == PUBSUB:
            self._age.record(arrival.waited, _topic(arrival.topic))
        if cold:
            self._cold.add(1, trigger)
            self._started.record((replica.ready - replica.created) / _NS, trigger)
        try:
            yield
        except Exception as error:
            where["error.type"] = type(error).__name__
            self._errors.add(1, {**trigger, "error.type": type(error).__name__})
            raise
        finally:
            seconds = (time.time_ns() - arrival.at) / _NS
            self._invocations.add(1, trigger)
            self._invoked.record(seconds, trigger)
            if arrival.trigger == PUBSUB:
                self._processed.record(seconds, where)

    def sent(self, topic: str, seconds: float, error: str | None) -> None:
        """Count one event that was published, or not."""
        where = {**_topic(topic), "messaging.operation.name": "send", **({"error.type": error} if error else {})}
        self._sent.add(1, where)
        self._operated.record(seconds, where)

    def timed_out(self) -> None:
        """Count a request that is stuck."""
        self._timeouts.add(1)


def _topic(name: str) -> dict[str, str]:
    return {"messaging.system": "kafka", "messaging.destination.name": name}


def _seconds(meter: Meter, name: str, description: str, buckets: tuple[float, ...] = SECONDS) -> Histogram:
    return meter.create_histogram(name, "s", description, explicit_bucket_boundaries_advisory=buckets)
