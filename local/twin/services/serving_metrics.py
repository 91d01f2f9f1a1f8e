"""Metrics of autoscaler, activator and queue-proxy with Knative's names, so that its dashboards also fit the twin.

Names, units and attributes are those of knative/serving 0.50: pkg/autoscaler/scaling/metrics.go,
pkg/reconciler/autoscaling/kpa/metrics.go, pkg/activator/handler/metrics.go, pkg/queue/request_metric.go; labels as in
cmd/autoscaler/main.go. OpenTelemetry's exporter renames `kn.revision.pods.desired` to `kn_revision_pods_desired`.

Unlike in Knative, the durations of requests have the OpenTelemetry resource attributes of their queue-proxy as labels.
The twin has no metrics for pending pods and for the queue depth of a single queue-proxy.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

from local.twin.histograms import Histogram, create_histogram_family

#: pkg/queue/request_metric.go: latencyBounds, in seconds.
INVOCATION_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

_REVISION_LABELS = ("k8s_namespace_name", "kn_service_name", "kn_configuration_name", "kn_revision_name")
_REQUEST_LABELS = ("k8s_namespace_name", "kn_revision_name")
_STATUS_LABEL = "http_response_status_code"


@dataclass(frozen=True)
class RevisionMetrics:
    """The metrics of one revision.

    `desired`, `requested`, `replicas`, `ready` and `terminating` are numbers of replicas. `desired` is the number
    before min-scale and max-scale are applied, and `requested` the number that was set. `excess`, `target`, `stable`,
    `panic`, `queued` and `active` are numbers of concurrent requests.
    """

    namespace: str
    service: str
    name: str
    desired: int = 0
    requested: int = 0
    excess: int = 0
    replicas: int = 0
    ready: int = 0
    terminating: int = 0
    is_panicking: bool = False
    stable: float = 0.0
    panic: float = 0.0
    target: float = 0.0
    queued: int = 0
    active: int = 0
    #: Durations of requests in seconds, by status.
    invocations: Histogram = field(default_factory=lambda: Histogram(INVOCATION_BOUNDS))


@dataclass(frozen=True)
class _Gauge:
    name: str
    description: str
    value: Callable[[RevisionMetrics], float]


_GAUGES = (
    _Gauge("pods_desired", "Number of pods the autoscaler wants to allocate", lambda revision: revision.desired),
    _Gauge(
        "pods_requested", "Number of pods autoscaler requested from Kubernetes", lambda revision: revision.requested
    ),
    _Gauge("pods_count", "Number of pods that are allocated currently", lambda revision: revision.ready),
    _Gauge(
        "pods_not_ready_count",
        "Number of pods that are not ready currently",
        lambda revision: revision.replicas - revision.ready,
    ),
    _Gauge(
        "pods_terminating_count", "Number of pods that are terminating currently", lambda revision: revision.terminating
    ),
    _Gauge(
        "capacity_excess", "Excess burst capacity observed over the stable window", lambda revision: revision.excess
    ),
    _Gauge("panic_mode", "If greater than 0 the autoscaler is in panic mode", lambda revision: revision.is_panicking),
    _Gauge(
        "concurrency_stable",
        "Average of request count per observed pod over the stable window",
        lambda revision: revision.stable,
    ),
    _Gauge(
        "concurrency_panic",
        "Average of request count per observed pod over the panic window",
        lambda revision: revision.panic,
    ),
    _Gauge("concurrency_target", "The desired concurrent requests for each pod", lambda revision: revision.target),
    _Gauge(
        "request_concurrency",
        "Concurrent requests that are routed to Activator",
        lambda revision: revision.queued + revision.active,
    ),
)
_REQUEST_GAUGES = (
    _Gauge(
        "request_queued",
        "Number of requests currently queued in the activator waiting for capacity",
        lambda revision: revision.queued,
    ),
    _Gauge(
        "request_active",
        "Number of requests currently being proxied by the activator",
        lambda revision: revision.active,
    ),
)


def build_serving_metrics(revisions: Sequence[RevisionMetrics]) -> Iterator[Metric]:
    """Yield the metric families of autoscaler, activator and queue-proxies."""
    for gauge in _GAUGES:
        yield _build_gauge(
            gauge, _REVISION_LABELS, ((_get_revision_labels(revision), gauge.value(revision)) for revision in revisions)
        )
    for gauge in _REQUEST_GAUGES:
        yield _build_gauge(
            gauge,
            _REQUEST_LABELS,
            (((revision.namespace, revision.name), gauge.value(revision)) for revision in revisions),
        )
    name, description = "kn_serving_invocation_duration_seconds", "The duration of task execution"
    family = create_histogram_family(name, description, (*_REVISION_LABELS, _STATUS_LABEL))
    for revision in revisions:
        for label_values, buckets, total in revision.invocations:
            family.add_metric([*_get_revision_labels(revision), *label_values], buckets, total)
    yield family


def _build_gauge(gauge: _Gauge, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float]]) -> Metric:
    family = GaugeMetricFamily(f"kn_revision_{gauge.name}", gauge.description, labels=labels)
    for label_values, value in samples:
        family.add_metric(label_values, float(value))
    return family


def _get_revision_labels(revision: RevisionMetrics) -> tuple[str, ...]:
    return (revision.namespace, revision.service, revision.service, revision.name)
