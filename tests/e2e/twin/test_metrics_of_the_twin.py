"""What a Prometheus reads of the twin's own work."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.twin.rig import Rig, until


def scraped(rig: Rig) -> dict[tuple[str, str | None], float]:
    """The samples of all functions and sources, by name and status."""
    with urllib.request.urlopen(rig.told()["urls"]["telemetry"] + "/metrics", timeout=5) as answer:  # noqa: S310  # our loopback
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        (sample.name, sample.labels.get("http_response_status_code")): sample.value
        for family in families
        for sample in family.samples
    }


def test_an_event_that_is_tried_again_is_counted_by_knatives_names(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [503, 204]}, event="one")
    until(lambda: ("kn_eventing_dispatch_latency_ms_count", "204") in scraped(rig), "the event is delivered")
    found = scraped(rig)
    assert found["kn_eventing_dispatch_latency_ms_count", "204"] == 1
    assert found["kn_serving_invocation_duration_seconds_count", "503"] == 1
    assert found["kn_serving_invocation_duration_seconds_count", "204"] == 1
    assert found["pagebus_source_retries_total", None] == 1
    assert found["pagebus_source_dead_letters_total", None] == 0
    assert found["kn_revision_pods_desired", None] == 1
    assert found["kn_revision_pods_count", None] == 1
    assert rig.state()["functions"][0]["panic"] is False
