"""The twin's metrics have the names, labels and types of Knative's metrics."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from prometheus_client.core import Metric

from local.twin.services.serving_metrics import RevisionMetrics, build_serving_metrics
from local.twin.sources.eventing_metrics import SourceMetrics, build_eventing_metrics

REVISION = RevisionMetrics(
    "default",
    "echo",
    "echo-00001",
    desired=3,
    requested=2,
    excess=-7,
    replicas=3,
    ready=1,
    terminating=2,
    is_panicking=True,
    stable=1.5,
    panic=2.5,
    target=0.7,
    queued=4,
    active=1,
)
OF_REVISION = {
    "k8s_namespace_name": "default",
    "kn_service_name": "echo",
    "kn_configuration_name": "echo",
    "kn_revision_name": "echo-00001",
}
DISPATCHER = SourceMetrics(
    "default",
    "pages",
    "pagebus-pages",
    lags={("pagebus.pages", 3): 7},
    in_flight={"subscriber": 2, "deadLetterSink": 0},
    retries=5,
    dead_letters=1,
    lost=0,
)
OF_SOURCE = {
    "messaging_consumer_group_name": "pages",
    "kn_kafkasource_name": "pages",
    "kn_kafkasource_namespace": "default",
}


def collect_samples(families: Iterable[Metric]) -> dict[tuple[str, ...], float]:
    """Return the values by name and labels."""
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def build_key(name: str, labels: dict[str, str]) -> tuple[str, ...]:
    return (name, *(f"{label}={value}" for label, value in sorted(labels.items())))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pods_desired", 3),
        ("pods_requested", 2),
        ("capacity_excess", -7),
        ("pods_count", 1),
        ("pods_not_ready_count", 2),
        ("pods_terminating_count", 2),
        ("panic_mode", 1),
        ("concurrency_stable", 1.5),
        ("concurrency_panic", 2.5),
        ("concurrency_target", 0.7),
        ("request_concurrency", 5),
    ],
)
def test_revision_gauges_match_the_autoscalers_metrics(name: str, value: float) -> None:
    assert collect_samples(build_serving_metrics([REVISION]))[build_key(f"kn_revision_{name}", OF_REVISION)] == value


def test_request_gauges_match_the_activators_metrics() -> None:
    found, labels = (
        collect_samples(build_serving_metrics([REVISION])),
        {"k8s_namespace_name": "default", "kn_revision_name": "echo-00001"},
    )
    assert found[build_key("kn_revision_request_queued", labels)] == 4
    assert found[build_key("kn_revision_request_active", labels)] == 1


def test_invocations_are_counted_by_status_and_duration() -> None:
    REVISION.invocations.observe(0.3, ("204",))
    name, labels = "kn_serving_invocation_duration_seconds", OF_REVISION | {"http_response_status_code": "204"}
    found = collect_samples(build_serving_metrics([REVISION, replace(REVISION, name="other-00001")]))
    assert found[build_key(f"{name}_bucket", labels | {"le": "0.25"})] == 0
    assert found[build_key(f"{name}_bucket", labels | {"le": "0.5"})] == 1
    assert found[build_key(f"{name}_count", labels)] == 1
    assert found[build_key(f"{name}_sum", labels)] == 0.3


def test_dispatches_match_the_dispatchers_metrics() -> None:
    DISPATCHER.dispatches.observe(600.0, ("503",))
    found, sending = collect_samples(build_eventing_metrics([DISPATCHER])), {"messaging_operation_name": "send"}
    labels = OF_SOURCE | {"http_response_status_code": "503", "cloudevents_type": "unknown"}
    assert found[build_key("kn_eventing_dispatch_latency_ms_bucket", labels | {"le": "500.0"})] == 0
    assert found[build_key("kn_eventing_dispatch_latency_ms_bucket", labels | {"le": "1000.0"})] == 1
    sending |= OF_SOURCE | {"messaging_operation_type": "send", "messaging_destination_template": "subscriber"}
    assert found[build_key("kn_eventing_dispatch_in_flight_requests_1", sending)] == 2


def test_lag_matches_the_kafka_clients_metric() -> None:
    labels = {"client_id": "consumer-pagebus-pages-1", "topic": "pagebus.pages", "partition": "3"}
    assert (
        collect_samples(build_eventing_metrics([DISPATCHER]))[
            build_key("kafka_consumer_fetch_manager_records_lag", labels)
        ]
        == 7
    )


def test_retries_dead_letters_and_losses_are_counters() -> None:
    families = list(build_eventing_metrics([DISPATCHER]))
    counters = {family.name: family for family in families if family.type == "counter"}
    assert counters.keys() == {"pagebus_source_retries", "pagebus_source_dead_letters", "pagebus_source_lost"}
    assert collect_samples(families)[build_key("pagebus_source_retries_total", OF_SOURCE)] == 5
