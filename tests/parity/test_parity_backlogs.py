"""What is in flight beside what, and how far it is committed meanwhile."""

from collections.abc import Callable
from typing import Any

from tests.kit import eventually
from tests.parity import manifests
from tests.parity.kafka import Sent, event
from tests.parity.knative import Manifest
from tests.parity.recorder import Received
from tests.parity.scenario import Played, Scenario

_PER_PARTITION = 50


def _backlog() -> list[Sent]:
    value = b'{"answer": {"delay_ms": 40}}'
    return [event(str(number), value, partition=number % 4) for number in range(4 * _PER_PARTITION)]


def _source(**spec: Any) -> Callable[[Played], list[Manifest]]:
    return lambda played: [manifests.source(played.name, played.knative.bootstrap, f"{played.main.url}/", **spec)]


def _slow(offset: int) -> Sent:
    return event(str(offset), b'{"answer": {"delay_ms": %d}}' % (6000 if offset == 3 else 0))


SCENARIOS = [
    Scenario("p-one-consumer", _source(), partitions=4, backlog=_backlog()),
    Scenario("p-four-consumers", _source(consumers=4), partitions=4, backlog=_backlog()),
    Scenario("p-unordered", _source(ordering="unordered"), partitions=4, backlog=_backlog()),
    Scenario("p-slow", _source(ordering="unordered")),
]


def _all(there: Played) -> list[Received]:
    eventually(lambda: len(there.main.received) == 4 * _PER_PARTITION, what="the whole backlog")
    return there.main.received


def _in_order(received: list[Received]) -> bool:
    return all(
        [one.offset for one in received if one.partition == partition] == list(range(_PER_PARTITION))
        for partition in range(4)
    )


def test_one_ordered_consumer_leaves_three_partitions_idle_behind_the_first(played: dict[str, Played]) -> None:
    received = _all(played["p-one-consumer"])
    assert len({one.partition for one in received[:_PER_PARTITION]}) == 1
    assert max(one.in_flight for one in received) == 3
    assert _in_order(received)


def test_as_many_ordered_consumers_as_partitions_leave_none_idle(played: dict[str, Played]) -> None:
    received = _all(played["p-four-consumers"])
    assert len({one.partition for one in received[:_PER_PARTITION]}) == 4
    assert max(one.in_flight for one in received) == 4
    assert _in_order(received)


def test_an_unordered_consumer_has_a_poll_or_nearly_two_in_flight(played: dict[str, Played]) -> None:
    received = _all(played["p-unordered"])
    assert 50 <= max(one.in_flight for one in received) <= 99


def test_a_slow_record_holds_back_the_commit_of_all_after_it(played: dict[str, Played]) -> None:
    there = played["p-slow"]
    there.produce([_slow(offset) for offset in range(8)])
    eventually(lambda: there.committed() == {0: 3}, what="the commit of all before it")
    eventually(lambda: there.committed() == {0: 8}, what="the commit of all")
    assert len(there.main.received) == 8
