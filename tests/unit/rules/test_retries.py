"""Retries outlast a restart and end before the topic deletes the record."""

import pytest

from local.manifests.eventing import KafkaSource
from local.rules.retries import check_retries_end_before_retention, check_retries_outlast_restart
from tests.unit.rules.minimal_manifests import build_manifests

DELIVERY = "retry: 6, backoffPolicy: exponential, backoffDelay: PT2S"


@pytest.mark.parametrize(
    ("delivery", "pauses"),
    [
        (DELIVERY, None),  # 4 + 8 + 16 + 32 + 64 + 128
        ("retry: 5, backoffPolicy: exponential, backoffDelay: PT2S", None),  # 4 + 8 + 16 + 32 + 64 = 124
        ("retry: 4, backoffPolicy: exponential, backoffDelay: PT2S", 60),
        ("retry: 4, backoffPolicy: linear, backoffDelay: PT12S", None),  # 12 + 24 + 36 + 48 = 120
        ("retry: 4, backoffPolicy: linear, backoffDelay: PT11.9S", 119),
        ("retry: 0", 0),
    ],
)
def test_pauses_outlast_a_restart(delivery: str, pauses: float | None) -> None:
    manifests = build_manifests(DELIVERY, delivery)
    problems = list(check_retries_outlast_restart(manifests.select(KafkaSource)[0], manifests))
    assert [line.split(" s of pauses")[0] for line in problems] == (
        [] if pauses is None else [f"spec.delivery: ends after {pauses:g}"]
    )


@pytest.mark.parametrize(("retention", "is_problem"), [("2772000", False), ("2771000", True), ("-1", False)])
def test_retries_end_before_the_retention(retention: str, is_problem: bool) -> None:  # noqa: FBT001  # a table of cases
    manifests = build_manifests("604800000", retention)  # 252 s of pauses and 7 x 360 s
    problems = list(check_retries_end_before_retention(manifests.select(KafkaSource)[0], manifests))
    assert bool(problems) == is_problem
