"""Whoever waits outside waits longest, and Serving's timeout has room for those who queue."""

import pytest

from local.manifests.eventing import KafkaSource
from local.manifests.serving import Service
from local.rules.deadlines import COLD_START_S, LOADING_S, ends_before_it_is_given_up, waits_for_its_service
from tests.unit.rules.small import small


def on_the_service(timeout: int, text: str, instead: str) -> list[str]:
    manifests = small(text, instead, f"timeoutSeconds: {timeout}")
    return list(ends_before_it_is_given_up(manifests.of(Service)[0], manifests))


@pytest.mark.parametrize(
    ("text", "instead", "turns"),
    [
        ("partitions: 6", "partitions: 6", 2),
        ("partitions: 6", "partitions: 4", 1),
        ("partitions: 6", "partitions: 5", 2),
        ("partitions: 6", "partitions: 12", 3),
        ('max-scale: "2"', 'max-scale: "1"', 3),
        ('max-scale: "2"', 'max-scale: "0"', 1),
        ("containerConcurrency: 2", "containerConcurrency: 1", 3),
        ("containerConcurrency: 2", "containerConcurrency: 0", 1),
    ],
)
def test_a_request_may_wait_for_all_those_before_it(text: str, instead: str, turns: int) -> None:
    needed = COLD_START_S + turns * 150
    assert on_the_service(needed, text, instead) == []
    (told,) = on_the_service(needed - 1, text, instead)
    assert f"want {needed}; raise it" in told


def test_what_loads_a_model_may_start_for_longer() -> None:
    (told,) = on_the_service(330, "env:", "startupProbe: {httpGet: {path: /}}\n          env:")
    assert f"{LOADING_S} s of cold start and 2 x 150 s for 6 events in flight want 420" in told


def test_an_unordered_source_sends_more_at_once_than_it_has_partitions() -> None:
    (told,) = on_the_service(330, "ordering: ordered", "ordering: unordered")
    assert "25 x 150 s for 100 events in flight" in told


def test_a_process_without_a_deadline_stays_when_it_is_stuck() -> None:
    (told,) = on_the_service(330, "DEADLINE_SECONDS", "DEADLINE")
    assert "has no DEADLINE_SECONDS" in told


@pytest.mark.parametrize(("timeout", "told"), [("PT330S", ""), ("PT5M", "300 s end before"), ("PT11M", "more than")])
def test_a_source_waits_for_its_service_and_no_longer_than_serving_can(timeout: str, told: str) -> None:
    manifests = small("PT6M", timeout)
    said = " ".join(waits_for_its_service(manifests.of(KafkaSource)[0], manifests))
    assert told in said
    assert bool(told) == bool(said)
