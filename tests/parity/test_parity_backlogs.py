"""Records in flight at the same time, and the offsets that are committed meanwhile."""

from collections.abc import Callable
from typing import Any

from tests.kit import wait_for
from tests.parity import manifests
from tests.parity.kafka import RecordToSend, build_event
from tests.parity.knative import Manifest
from tests.parity.recorder import ReceivedRequest
from tests.parity.scenario import RunningScenario, Scenario

_PER_PARTITION = 50


def _build_backlog() -> list[RecordToSend]:
    value = b'{"answer": {"delay_ms": 40}}'
    return [build_event(str(number), value, partition=number % 4) for number in range(4 * _PER_PARTITION)]


def _build_manifests(**spec: Any) -> Callable[[RunningScenario], list[Manifest]]:
    return lambda played: [manifests.build_source(played.name, played.knative.bootstrap, f"{played.main.url}/", **spec)]


def _build_slow_event(offset: int) -> RecordToSend:
    return build_event(str(offset), b'{"answer": {"delay_ms": %d}}' % (6000 if offset == 3 else 0))


SCENARIOS = [
    Scenario("p-one-consumer", _build_manifests(), partitions=4, backlog=_build_backlog()),
    Scenario("p-four-consumers", _build_manifests(consumers=4), partitions=4, backlog=_build_backlog()),
    Scenario("p-unordered", _build_manifests(ordering="unordered"), partitions=4, backlog=_build_backlog()),
    Scenario("p-slow", _build_manifests(ordering="unordered")),
]


def _wait_for_all(there: RunningScenario) -> list[ReceivedRequest]:
    wait_for(lambda: len(there.main.received) == 4 * _PER_PARTITION, what="the whole backlog")
    return there.main.received


def _is_in_order(received: list[ReceivedRequest]) -> bool:
    return all(
        [one.offset for one in received if one.partition == partition] == list(range(_PER_PARTITION))
        for partition in range(4)
    )


def test_one_ordered_consumer_starves_three_partitions(played: dict[str, RunningScenario]) -> None:
    received = _wait_for_all(played["p-one-consumer"])
    assert len({one.partition for one in received[:_PER_PARTITION]}) == 1
    assert max(one.in_flight for one in received) == 3
    assert _is_in_order(received)


def test_one_ordered_consumer_per_partition_starves_none(played: dict[str, RunningScenario]) -> None:
    received = _wait_for_all(played["p-four-consumers"])
    assert len({one.partition for one in received[:_PER_PARTITION]}) == 4
    assert max(one.in_flight for one in received) == 4
    assert _is_in_order(received)


def test_unordered_consumer_has_one_to_two_batches_in_flight(played: dict[str, RunningScenario]) -> None:
    received = _wait_for_all(played["p-unordered"])
    assert 50 <= max(one.in_flight for one in received) <= 99


def test_slow_record_blocks_later_commits(played: dict[str, RunningScenario]) -> None:
    there = played["p-slow"]
    there.produce([_build_slow_event(offset) for offset in range(8)])
    wait_for(lambda: there.load_committed() == {0: 3}, what="the commit of all before it")
    wait_for(lambda: there.load_committed() == {0: 8}, what="the commit of all")
    assert len(there.main.received) == 8
