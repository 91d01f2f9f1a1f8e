"""Recordings 10 and 11 replayed: what is in flight beside what, and how far it is committed meanwhile."""

from tests.kit import eventually
from tests.parity import kafka
from tests.parity.kafka import Sent
from tests.parity.replay import recording, scenario
from tests.parity.scenario import Played

_ORDERED, _UNORDERED = "10-concurrency-ordered-direct-run1", "10-concurrency-unordered-direct-run1"
_GAPS = ("11a-commit-gap-ordered-run1", "11a-commit-gap-unordered-run1")
_SLOW_OFFSET, _SLOW_MS = 3, 18_000


def _backlog() -> list[Sent]:
    """50 records in each of four partitions, 200 ms each."""
    value = b'{"answer": {"delay_ms": 200}}'
    return [kafka.event(f"{number}", value, partition=number % 4) for number in range(200)]


def _gap() -> list[Sent]:
    slow = {_SLOW_OFFSET: _SLOW_MS}
    return [
        kafka.event(str(offset), f'{{"answer": {{"delay_ms": {slow.get(offset, 50)}}}}}'.encode())
        for offset in range(20)
    ]


SCENARIOS = [
    scenario(recording(_ORDERED)["source"], partitions=4, backlog=_backlog()),
    scenario(recording(_UNORDERED)["source"], partitions=4, backlog=_backlog()),
    *(scenario(recording(name)["source"], partitions=1) for name in _GAPS),
]


def _played(played: dict[str, Played], name: str) -> Played:
    return played[recording(name)["source"]["metadata"]["name"]]


def test_an_ordered_backlog_takes_as_long_as_was_recorded(played: dict[str, Played]) -> None:
    there = _played(played, _ORDERED)
    received = eventually(lambda: there.main.received[199:] and there.main.received, what="200 events")
    eventually(lambda: received[-1].t_done, what="the last answer")
    took = max(one.t_done or 0 for one in received) - received[0].t
    recorded = recording(_ORDERED)
    assert abs(took - recorded["duration_s"]) < 3
    assert max(one.in_flight for one in received) == recorded["max_in_flight"]
    alone = received[:50]
    assert len({one.partition for one in alone}) == 1
    for partition in range(4):
        offsets = [one.offset for one in received if one.partition == partition]
        assert offsets == recorded["arrival_order_per_partition"][str(partition)] == sorted(offsets)


def test_an_unordered_backlog_is_in_flight_as_was_recorded(played: dict[str, Played]) -> None:
    there = _played(played, _UNORDERED)
    received = eventually(lambda: there.main.received[199:] and there.main.received, what="200 events")
    most = max(one.in_flight for one in received)
    assert 50 <= most <= 99
    assert recording(_UNORDERED)["max_in_flight"] <= 99


def test_a_slow_record_holds_back_the_commit_as_was_recorded(played: dict[str, Played]) -> None:
    found = {name: _played(played, name) for name in _GAPS}
    for there in found.values():
        there.produce(_gap())
    for step, what in ((1, "the commit before the slow record"), (2, "the commit of all")):
        for name, there in found.items():
            _, committed = recording(name)["committed_changes"][step]
            eventually(lambda: there.committed() == _partitions(committed), what=what)  # noqa: B023  # called at once
    assert [len(there.main.received) for there in found.values()] == [20, 20]


def _partitions(committed: dict[str, int]) -> dict[int, int]:
    return {int(partition): offset for partition, offset in committed.items()}
