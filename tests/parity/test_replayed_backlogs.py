"""Replays of recordings 10 and 11: records in flight at the same time, and committed offsets."""

from tests.kit import wait_for
from tests.parity import kafka
from tests.parity.golden import load_recording
from tests.parity.kafka import RecordToSend
from tests.parity.replay import build_scenario
from tests.parity.scenario import RunningScenario

_ORDERED, _UNORDERED = "10-concurrency-ordered-direct-run1", "10-concurrency-unordered-direct-run1"
_GAPS = ("11a-commit-gap-ordered-run1", "11a-commit-gap-unordered-run1")
_SLOW_OFFSET, _SLOW_MS = 3, 18_000


def _build_backlog() -> list[RecordToSend]:
    """Return 50 records of 200 ms for each of four partitions."""
    value = b'{"answer": {"delay_ms": 200}}'
    return [kafka.build_event(f"{number}", value, partition=number % 4) for number in range(200)]


def _build_gap() -> list[RecordToSend]:
    slow = {_SLOW_OFFSET: _SLOW_MS}
    return [
        kafka.build_event(str(offset), f'{{"answer": {{"delay_ms": {slow.get(offset, 50)}}}}}'.encode())
        for offset in range(20)
    ]


SCENARIOS = [
    build_scenario(load_recording(_ORDERED)["source"], partitions=4, backlog=_build_backlog()),
    build_scenario(load_recording(_UNORDERED)["source"], partitions=4, backlog=_build_backlog()),
    *(build_scenario(load_recording(name)["source"], partitions=1) for name in _GAPS),
]


def _get_scenario(played: dict[str, RunningScenario], name: str) -> RunningScenario:
    return played[load_recording(name)["source"]["metadata"]["name"]]


def test_ordered_backlog_takes_the_recorded_time(played: dict[str, RunningScenario]) -> None:
    there = _get_scenario(played, _ORDERED)
    received = wait_for(lambda: there.main.received[199:] and there.main.received, what="200 events")
    wait_for(lambda: received[-1].t_done, what="the last answer")
    took = max(one.t_done or 0 for one in received) - received[0].t
    recorded = load_recording(_ORDERED)
    assert abs(took - recorded["duration_s"]) < 3
    assert max(one.in_flight for one in received) == recorded["max_in_flight"]
    alone = received[:50]
    assert len({one.partition for one in alone}) == 1
    for partition in range(4):
        offsets = [one.offset for one in received if one.partition == partition]
        assert offsets == recorded["arrival_order_per_partition"][str(partition)] == sorted(offsets)


def test_unordered_backlog_is_in_flight_as_recorded(played: dict[str, RunningScenario]) -> None:
    there = _get_scenario(played, _UNORDERED)
    received = wait_for(lambda: there.main.received[199:] and there.main.received, what="200 events")
    most = max(one.in_flight for one in received)
    assert 50 <= most <= 99
    assert load_recording(_UNORDERED)["max_in_flight"] <= 99


def test_slow_record_blocks_the_commit_as_recorded(played: dict[str, RunningScenario]) -> None:
    found = {name: _get_scenario(played, name) for name in _GAPS}
    for there in found.values():
        there.produce(_build_gap())
    for step, what in ((1, "the commit before the slow record"), (2, "the commit of all")):
        for name, there in found.items():
            _, committed = load_recording(name)["committed_changes"][step]
            wait_for(lambda: there.load_committed() == _parse_partitions(committed), what=what)  # noqa: B023  # called at once
    assert [len(there.main.received) for there in found.values()] == [20, 20]


def _parse_partitions(committed: dict[str, int]) -> dict[int, int]:
    return {int(partition): offset for partition, offset in committed.items()}
