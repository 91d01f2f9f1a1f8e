"""The twin's own metrics for Prometheus."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.twin.rig import Rig, wait_until


def load_samples(rig: Rig) -> dict[tuple[str, str | None], float]:
    """Return the samples of all functions and sources by name and status."""
    with urllib.request.urlopen(rig.load_addresses()["urls"]["telemetry"] + "/metrics", timeout=5) as answer:  # noqa: S310  # our loopback
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        (sample.name, sample.labels.get("http_response_status_code")): sample.value
        for family in families
        for sample in family.samples
    }


def test_retried_event_is_counted_in_knatives_metrics(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [503, 204]}, event="one")
    wait_until(lambda: ("kn_eventing_dispatch_latency_ms_count", "204") in load_samples(rig), "the event is delivered")
    found = load_samples(rig)
    assert found["kn_eventing_dispatch_latency_ms_count", "204"] == 1
    assert found["kn_serving_invocation_duration_seconds_count", "503"] == 1
    assert found["kn_serving_invocation_duration_seconds_count", "204"] == 1
    assert found["pagebus_source_retries_total", None] == 1
    assert found["pagebus_source_dead_letters_total", None] == 0
    assert found["kn_revision_pods_desired", None] == 1
    assert found["kn_revision_pods_count", None] == 1
    assert rig.load_state()["functions"][0]["is_panicking"] is False
