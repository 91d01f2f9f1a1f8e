"""When a consumer polls, and what it delivers then, as the recordings of a backlog show it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.twin.sources.polling import Consumer, Ordered, Unordered, partition_of
from local.twin.sources.records import Record

Delivery = tuple[int, int]


def record(partition: int, offset: int) -> Record:
    return Record("t", partition, offset, 0, None, None)


def fetch(consumer: Consumer, backlog: dict[int, int]) -> None:
    """So many records of each partition, one partition after the other."""
    for partition, records in backlog.items():
        for offset in range(records):
            consumer.fetched(record(partition, offset))


def go_on(consumer: Consumer) -> list[Record]:
    list(consumer.polls())
    return consumer.due()


def rounds(consumers: Sequence[Consumer]) -> list[list[Delivery]]:
    """What is delivered at the same time, where every delivery takes equally long."""
    found = []
    flying = [(one, due) for one in consumers for due in go_on(one)]
    while flying:
        found.append([(due.partition, due.offset) for _, due in flying])
        for one, due in flying:
            one.done(due)
        flying = [(one, due) for one in consumers for due in go_on(one)]
    return found


def test_one_ordered_consumer_leaves_partitions_idle_behind_a_backlog() -> None:
    """200 records of 0.2 s in 20 s and not in 10: 50 alone, then the other three partitions beside each other."""
    consumer = Ordered()
    fetch(consumer, dict.fromkeys(range(4), 50))
    played = rounds([consumer])
    assert [len(beside) for beside in played] == [1] * 50 + [3] * 50


def test_as_many_ordered_consumers_as_partitions_leave_none_idle() -> None:
    consumers = [Ordered() for _ in range(4)]
    for partition, consumer in enumerate(consumers):
        fetch(consumer, {partition: 50})
    assert [len(beside) for beside in rounds(consumers)] == [4] * 50


def test_a_partition_that_was_met_does_not_wait_for_the_others() -> None:
    consumer = Ordered()
    fetch(consumer, {0: 1, 1: 1})
    first = go_on(consumer)
    consumer.done(first[0])
    go_on(consumer)
    consumer.fetched(record(0, 1))
    assert [partition_of(due) for due in go_on(consumer)] == [("t", 0)]


def test_a_poll_takes_what_is_left_of_one_partition_and_then_of_the_next() -> None:
    consumer = Ordered()
    fetch(consumer, {0: 20, 1: 50})
    assert [len(batch) for batch in consumer.polls()] == [50]
    assert {partition_of(due) for due in consumer.due()} == {("t", 0), ("t", 1)}


def test_an_unordered_consumer_polls_while_fewer_than_a_batch_are_in_flight() -> None:
    consumer = Unordered()
    fetch(consumer, {0: 50, 1: 60})
    flying = go_on(consumer)
    assert len(flying) == 50
    assert go_on(consumer) == []
    consumer.done(flying[0])
    assert len(go_on(consumer)) == 50
    assert go_on(consumer) == []


@pytest.mark.parametrize("consumer", [Ordered(), Unordered()], ids=["ordered", "unordered"])
def test_what_waits_of_a_revoked_partition_is_not_delivered(consumer: Consumer) -> None:
    fetch(consumer, {0: 3, 1: 3})
    list(consumer.polls())
    consumer.revoked([("t", 0)])
    assert {partition for beside in rounds([consumer]) for partition, _ in beside} == {1}


@given(st.lists(st.integers(0, 120), min_size=1, max_size=5))
def test_an_ordered_consumer_delivers_everything_once_and_in_order(backlog: list[int]) -> None:
    consumer = Ordered()
    fetch(consumer, dict(enumerate(backlog)))
    played = [delivery for beside in rounds([consumer]) for delivery in beside]
    for partition, records in enumerate(backlog):
        assert [offset for found, offset in played if found == partition] == list(range(records))


@given(st.lists(st.integers(0, 120), min_size=1, max_size=5))
def test_an_unordered_consumer_delivers_everything_once_and_never_more_than_99_at_a_time(backlog: list[int]) -> None:
    consumer = Unordered()
    fetch(consumer, dict(enumerate(backlog)))
    played = rounds([consumer])
    assert sum(len(beside) for beside in played) == sum(backlog)
    assert all(len(beside) <= 99 for beside in played)
