"""A source bridges a restart, and gives up before its topic forgets."""

import pytest

from local.manifests.eventing import KafkaSource
from local.rules.retries import gives_up_before_its_topic_forgets, outlasts_a_restart
from tests.unit.rules.small import small

WHOLE = "retry: 6, backoffPolicy: exponential, backoffDelay: PT2S"


@pytest.mark.parametrize(
    ("delivery", "pauses"),
    [
        (WHOLE, None),  # 4 + 8 + 16 + 32 + 64 + 128
        ("retry: 5, backoffPolicy: exponential, backoffDelay: PT2S", None),  # 4 + 8 + 16 + 32 + 64 = 124
        ("retry: 4, backoffPolicy: exponential, backoffDelay: PT2S", 60),
        ("retry: 4, backoffPolicy: linear, backoffDelay: PT12S", None),  # 12 + 24 + 36 + 48 = 120
        ("retry: 4, backoffPolicy: linear, backoffDelay: PT11.9S", 119),
        ("retry: 0", 0),
    ],
)
def test_a_source_bridges_a_restart(delivery: str, pauses: float | None) -> None:
    manifests = small(WHOLE, delivery)
    told = list(outlasts_a_restart(manifests.of(KafkaSource)[0], manifests))
    assert [line.split(" s of pauses")[0] for line in told] == (
        [] if pauses is None else [f"spec.delivery: gives up after {pauses:g}"]
    )


@pytest.mark.parametrize(("kept", "refused"), [("2772000", False), ("2771000", True), ("-1", False)])
def test_a_record_is_not_forgotten_while_it_is_tried(kept: str, refused: bool) -> None:  # noqa: FBT001  # a table
    manifests = small("604800000", kept)  # 252 s of pauses and 7 x 360 s
    told = list(gives_up_before_its_topic_forgets(manifests.of(KafkaSource)[0], manifests))
    assert bool(told) == refused
