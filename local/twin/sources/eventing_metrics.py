"""Metrics of the dispatcher of Kafka sources, and of its Kafka client, under the names that those have on a cluster.

Names, units and labels are those of knative-extensions/eventing-kafka-broker 0.49: data-plane/core,
core/observability/metrics/Metrics.java, and data-plane/dispatcher, impl/RecordDispatcherImpl.java and
impl/http/WebClientCloudEventSender.java. Micrometer appends the unit, even where that is `1`; the Kafka client's own
metrics it calls `kafka_consumer_...`.

Otherwise than there, an event's type, which a stranger chose, is always `unknown` (as METRICS_DISABLE_EVENT_TYPE_TAG
makes it), and a delivery without any answer has its source's labels too. What only we count is called `pagebus_`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from local.twin.latencies import Latencies, histogram

#: Metrics.java: LATENCY_SLOs, in milliseconds.
DISPATCH_BOUNDS = (50, 100, 500, 1000, 5000, 10000)

_OF_SOURCE = ("messaging_consumer_group_name", "kn_kafkasource_name", "kn_kafkasource_namespace")
_OF_SEND = ("messaging_operation_name", "messaging_operation_type", "messaging_destination_template")
_OF_ANSWER = ("http_response_status_code", "cloudevents_type")
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Dispatcher:
    """What the dispatcher of one KafkaSource knows; `lags` by topic and partition, `in_flight` by kind of sink."""

    namespace: str
    source: str
    group: str
    lags: Mapping[tuple[str, int], int] = field(default_factory=dict)
    in_flight: Mapping[str, int] = field(default_factory=dict)
    #: By status, which is empty where no answer came, in milliseconds.
    dispatches: Latencies = field(default_factory=lambda: Latencies(DISPATCH_BOUNDS))
    retries: int = 0
    dead_letters: int = 0
    lost: int = 0


def eventing(dispatchers: Sequence[Dispatcher]) -> Iterator[Metric]:
    yield _dispatches(dispatchers)
    yield _in_flight(dispatchers)
    yield _lags(dispatchers)
    yield _counter("retries", "Deliveries that were tried again", dispatchers, lambda one: one.retries)
    yield _counter("dead_letters", "Events that a dead-letter sink took", dispatchers, lambda one: one.dead_letters)
    yield _counter("lost", "Events that a cluster would lose silently", dispatchers, lambda one: one.lost)


def _dispatches(dispatchers: Iterable[Dispatcher]) -> Metric:
    name, told = "kn_eventing_dispatch_latency_ms", "The time spent dispatching an event to Kafka"
    family = histogram(name, told, (*_OF_SOURCE, *_OF_ANSWER))
    for one in dispatchers:
        for values, buckets, total in one.dispatches:
            family.add_metric([*_from(one), *values, _UNKNOWN], buckets, total)
    return family


def _in_flight(dispatchers: Iterable[Dispatcher]) -> Metric:
    told = "Number of events currently dispatched to a destination waiting to be processed"
    family = GaugeMetricFamily("kn_eventing_dispatch_in_flight_requests_1", told, labels=[*_OF_SOURCE, *_OF_SEND])
    for one in dispatchers:
        for sink, count in one.in_flight.items():
            family.add_metric([*_from(one), "send", "send", sink], count)
    return family


def _lags(dispatchers: Iterable[Dispatcher]) -> Metric:
    name, told = "kafka_consumer_fetch_manager_records_lag", "The latest lag of the partition"
    family = GaugeMetricFamily(name, told, labels=["client_id", "topic", "partition"])
    for one in dispatchers:
        for (topic, partition), behind in one.lags.items():
            family.add_metric([f"consumer-{one.group}-1", topic, str(partition)], behind)
    return family


def _counter(name: str, told: str, dispatchers: Iterable[Dispatcher], count: Callable[[Dispatcher], int]) -> Metric:
    family = CounterMetricFamily(f"pagebus_source_{name}", told, labels=_OF_SOURCE)
    for one in dispatchers:
        family.add_metric(_from(one), count(one))
    return family


def _from(one: Dispatcher) -> tuple[str, ...]:
    """What is called the consumer group there is the source's name."""
    return (one.source, one.source, one.namespace)
