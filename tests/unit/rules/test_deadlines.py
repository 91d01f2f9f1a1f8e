"""Timeouts are longer than the deadlines inside them, and cover the queue and a cold start."""

import pytest

from local.manifests.eventing import KafkaSource
from local.manifests.serving import Service
from local.rules.deadlines import COLD_START_S, LOADING_S, check_deadline_ends_first, check_delivery_timeout
from tests.unit.rules.minimal_manifests import build_manifests


def check_service(timeout: int, text: str, replacement: str) -> list[str]:
    manifests = build_manifests(text, replacement, f"timeoutSeconds: {timeout}")
    return list(check_deadline_ends_first(manifests.select(Service)[0], manifests))


@pytest.mark.parametrize(
    ("text", "replacement", "turns"),
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
def test_timeout_covers_the_requests_in_the_queue(text: str, replacement: str, turns: int) -> None:
    needed = COLD_START_S + turns * 150
    assert check_service(needed, text, replacement) == []
    (problem,) = check_service(needed - 1, text, replacement)
    assert f"need {needed}; raise it" in problem


def test_function_with_startup_probe_has_longer_cold_start() -> None:
    (problem,) = check_service(330, "env:", "startupProbe: {httpGet: {path: /}}\n          env:")
    assert f"{LOADING_S} s of cold start and 2 x 150 s for 6 events in flight need 420" in problem


def test_unordered_source_has_100_events_in_flight() -> None:
    (problem,) = check_service(330, "ordering: ordered", "ordering: unordered")
    assert "25 x 150 s for 100 events in flight" in problem


def test_missing_deadline_is_a_problem() -> None:
    (problem,) = check_service(330, "DEADLINE_SECONDS", "DEADLINE")
    assert "has no DEADLINE_SECONDS" in problem


@pytest.mark.parametrize(
    ("timeout", "message"), [("PT330S", ""), ("PT5M", "is 300 s, below the"), ("PT11M", "above Knative")]
)
def test_delivery_timeout_lies_between_two_limits(timeout: str, message: str) -> None:
    manifests = build_manifests("PT6M", timeout)
    problems = " ".join(check_delivery_timeout(manifests.select(KafkaSource)[0], manifests))
    assert message in problems
    assert bool(message) == bool(problems)
