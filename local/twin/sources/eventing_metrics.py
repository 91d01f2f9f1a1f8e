"""Metrics of the dispatcher of Kafka sources and of its Kafka client, with their names on a cluster.

Names, units and labels are those of knative-extensions/eventing-kafka-broker 0.49: data-plane/core,
core/observability/metrics/Metrics.java, and data-plane/dispatcher, impl/RecordDispatcherImpl.java and
impl/http/WebClientCloudEventSender.java. Micrometer appends the unit to a name, even the unit `1`. Metrics of
the Kafka client start with `kafka_consumer_`.

There are two differences to a cluster. First, the type of an event is always `unknown`, because external systems choose
the type. On a cluster, METRICS_DISABLE_EVENT_TYPE_TAG has this effect. Second, a delivery without a response also has
the labels of its source.

Metrics that only the twin has begin with `pagebus_`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from local.twin.histograms import Histogram, create_histogram_family

#: Metrics.java: LATENCY_SLOs, in milliseconds.
DISPATCH_BOUNDS = (50, 100, 500, 1000, 5000, 10000)

_SOURCE_LABELS = ("messaging_consumer_group_name", "kn_kafkasource_name", "kn_kafkasource_namespace")
_SEND_LABELS = ("messaging_operation_name", "messaging_operation_type", "messaging_destination_template")
_RESPONSE_LABELS = ("http_response_status_code", "cloudevents_type")
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class SourceMetrics:
    """The metrics of one KafkaSource.

    `lags` are numbers of records that the source must still process, by topic and partition. `in_flight` has the
    numbers of events in flight by kind of sink. `lost` is the number of lost events.
    """

    namespace: str
    source: str
    group: str
    lags: Mapping[tuple[str, int], int] = field(default_factory=dict)
    in_flight: Mapping[str, int] = field(default_factory=dict)
    #: Durations in milliseconds, by status; the status is empty if there was no response.
    dispatches: Histogram = field(default_factory=lambda: Histogram(DISPATCH_BOUNDS))
    retries: int = 0
    dead_letters: int = 0
    lost: int = 0


def build_eventing_metrics(sources: Sequence[SourceMetrics]) -> Iterator[Metric]:
    """Yield the metric families of the dispatcher and of its Kafka client."""
    yield _build_dispatch_histogram(sources)
    yield _build_in_flight_gauge(sources)
    yield _build_lag_gauge(sources)
    yield _build_counter("retries", "Deliveries that were retried", sources, lambda source: source.retries)
    yield _build_counter(
        "dead_letters", "Events that a dead-letter sink took", sources, lambda source: source.dead_letters
    )
    yield _build_counter("lost", "Events that a cluster would lose silently", sources, lambda source: source.lost)


def _build_dispatch_histogram(sources: Iterable[SourceMetrics]) -> Metric:
    name, description = "kn_eventing_dispatch_latency_ms", "The time spent dispatching an event to Kafka"
    family = create_histogram_family(name, description, (*_SOURCE_LABELS, *_RESPONSE_LABELS))
    for source in sources:
        for label_values, buckets, total in source.dispatches:
            family.add_metric([*_get_source_labels(source), *label_values, _UNKNOWN], buckets, total)
    return family


def _build_in_flight_gauge(sources: Iterable[SourceMetrics]) -> Metric:
    description = "Number of events currently dispatched to a destination waiting to be processed"
    family = GaugeMetricFamily(
        "kn_eventing_dispatch_in_flight_requests_1", description, labels=[*_SOURCE_LABELS, *_SEND_LABELS]
    )
    for source in sources:
        for sink, count in source.in_flight.items():
            family.add_metric([*_get_source_labels(source), "send", "send", sink], count)
    return family


def _build_lag_gauge(sources: Iterable[SourceMetrics]) -> Metric:
    name, description = "kafka_consumer_fetch_manager_records_lag", "The latest lag of the partition"
    family = GaugeMetricFamily(name, description, labels=["client_id", "topic", "partition"])
    for source in sources:
        for (topic, partition), lag in source.lags.items():
            family.add_metric([f"consumer-{source.group}-1", topic, str(partition)], lag)
    return family


def _build_counter(
    name: str, description: str, sources: Iterable[SourceMetrics], count: Callable[[SourceMetrics], int]
) -> Metric:
    family = CounterMetricFamily(f"pagebus_source_{name}", description, labels=_SOURCE_LABELS)
    for source in sources:
        family.add_metric(_get_source_labels(source), count(source))
    return family


def _get_source_labels(source: SourceMetrics) -> tuple[str, ...]:
    """Return the labels of a source. As in Knative, the consumer group label has the name of the source."""
    return (source.source, source.source, source.namespace)
