"""Metrics of autoscaler, activator and queue-proxy, under Knative's own names: its dashboards fit the twin too.

Names, units and attributes are those of knative/serving 0.50: pkg/autoscaler/scaling/metrics.go,
pkg/reconciler/autoscaling/kpa/metrics.go, pkg/activator/handler/metrics.go, pkg/queue/request_metric.go; labels as in
cmd/autoscaler/main.go. OpenTelemetry's exporter makes `kn.revision.pods.desired` to `kn_revision_pods_desired`.

Otherwise than there, what queue-proxy tells of its resource are labels of its durations. What has no counterpart here
is left out: pods that are pending, and the depth of a single queue-proxy's queue.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

from local.twin.latencies import Latencies, histogram

#: pkg/queue/request_metric.go: latencyBounds, in seconds.
INVOCATION_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

_OF_REVISION = ("k8s_namespace_name", "kn_service_name", "kn_configuration_name", "kn_revision_name")
_OF_REQUEST = ("k8s_namespace_name", "kn_revision_name")
_STATUS = "http_response_status_code"


@dataclass(frozen=True)
class Revision:
    """What autoscaler, activator and queue-proxies know of one; `target`, `stable` and `panic` are concurrencies."""

    namespace: str
    service: str
    name: str
    desired: int = 0
    requested: int = 0
    excess: int = 0
    replicas: int = 0
    ready: int = 0
    terminating: int = 0
    panicking: bool = False
    stable: float = 0.0
    panic: float = 0.0
    target: float = 0.0
    queued: int = 0
    active: int = 0
    #: By status, in seconds.
    invocations: Latencies = field(default_factory=lambda: Latencies(INVOCATION_BOUNDS))


@dataclass(frozen=True)
class _Gauge:
    name: str
    told: str
    value: Callable[[Revision], float]


_GAUGES = (
    _Gauge("pods_desired", "Number of pods the autoscaler wants to allocate", lambda one: one.desired),
    _Gauge("pods_requested", "Number of pods autoscaler requested from Kubernetes", lambda one: one.requested),
    _Gauge("pods_count", "Number of pods that are allocated currently", lambda one: one.ready),
    _Gauge("pods_not_ready_count", "Number of pods that are not ready currently", lambda one: one.replicas - one.ready),
    _Gauge("pods_terminating_count", "Number of pods that are terminating currently", lambda one: one.terminating),
    _Gauge("capacity_excess", "Excess burst capacity observed over the stable window", lambda one: one.excess),
    _Gauge("panic_mode", "If greater than 0 the autoscaler is in panic mode", lambda one: one.panicking),
    _Gauge(
        "concurrency_stable",
        "Average of request count per observed pod over the stable window",
        lambda one: one.stable,
    ),
    _Gauge(
        "concurrency_panic", "Average of request count per observed pod over the panic window", lambda one: one.panic
    ),
    _Gauge("concurrency_target", "The desired concurrent requests for each pod", lambda one: one.target),
    _Gauge(
        "request_concurrency",
        "Concurrent requests that are routed to Activator",
        lambda one: one.queued + one.active,
    ),
)
_REQUEST_GAUGES = (
    _Gauge(
        "request_queued",
        "Number of requests currently queued in the activator waiting for capacity",
        lambda one: one.queued,
    ),
    _Gauge("request_active", "Number of requests currently being proxied by the activator", lambda one: one.active),
)


def serving(revisions: Sequence[Revision]) -> Iterator[Metric]:
    """Of autoscaler, activator and queue-proxy."""
    for gauge in _GAUGES:
        yield _gauge(gauge, _OF_REVISION, ((_who(one), gauge.value(one)) for one in revisions))
    for gauge in _REQUEST_GAUGES:
        yield _gauge(gauge, _OF_REQUEST, (((one.namespace, one.name), gauge.value(one)) for one in revisions))
    name, told = "kn_serving_invocation_duration_seconds", "The duration of task execution"
    family = histogram(name, told, (*_OF_REVISION, _STATUS))
    for one in revisions:
        for values, buckets, total in one.invocations:
            family.add_metric([*_who(one), *values], buckets, total)
    yield family


def _gauge(gauge: _Gauge, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float]]) -> Metric:
    family = GaugeMetricFamily(f"kn_revision_{gauge.name}", gauge.told, labels=labels)
    for values, value in samples:
        family.add_metric(values, float(value))
    return family


def _who(one: Revision) -> tuple[str, ...]:
    return (one.namespace, one.service, one.service, one.name)
