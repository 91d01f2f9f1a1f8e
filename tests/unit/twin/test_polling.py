"""The rules of polling, with the numbers of recorded backlogs."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.twin.sources.polling import OrderedConsumer, UnorderedConsumer, VirtualConsumer, get_partition
from local.twin.sources.records import Record

Delivery = tuple[int, int]


def record(partition: int, offset: int) -> Record:
    return Record("t", partition, offset, 0, None, None)


def fetch(consumer: VirtualConsumer, backlog: dict[int, int]) -> None:
    """Add the given number of records to each partition, one partition after the other."""
    for partition, records in backlog.items():
        for offset in range(records):
            consumer.add_fetched(record(partition, offset))


def poll_and_deliver(consumer: VirtualConsumer) -> list[Record]:
    list(consumer.poll_batches())
    return consumer.take_due_records()


def run_rounds(consumers: Sequence[VirtualConsumer]) -> list[list[Delivery]]:
    """Return the deliveries in rounds of parallel deliveries; all deliveries take the same time."""
    found = []
    in_flight = [(one, due) for one in consumers for due in poll_and_deliver(one)]
    while in_flight:
        found.append([(due.partition, due.offset) for _, due in in_flight])
        for one, due in in_flight:
            one.mark_done(due)
        in_flight = [(one, due) for one in consumers for due in poll_and_deliver(one)]
    return found


def test_one_ordered_consumer_starves_partitions_behind_a_backlog() -> None:
    """200 records of 0.2 s take 20 s, not 10 s: 50 records alone, then the other three partitions in parallel."""
    consumer = OrderedConsumer()
    fetch(consumer, dict.fromkeys(range(4), 50))
    rounds_of_deliveries = run_rounds([consumer])
    assert [len(deliveries) for deliveries in rounds_of_deliveries] == [1] * 50 + [3] * 50


def test_one_ordered_consumer_per_partition_starves_none() -> None:
    consumers = [OrderedConsumer() for _ in range(4)]
    for partition, consumer in enumerate(consumers):
        fetch(consumer, {partition: 50})
    assert [len(deliveries) for deliveries in run_rounds(consumers)] == [4] * 50


def test_known_partition_does_not_wait_for_the_others() -> None:
    consumer = OrderedConsumer()
    fetch(consumer, {0: 1, 1: 1})
    first = poll_and_deliver(consumer)
    consumer.mark_done(first[0])
    poll_and_deliver(consumer)
    consumer.add_fetched(record(0, 1))
    assert [get_partition(due) for due in poll_and_deliver(consumer)] == [("t", 0)]


def test_poll_drains_one_partition_before_the_next() -> None:
    consumer = OrderedConsumer()
    fetch(consumer, {0: 20, 1: 50})
    assert [len(batch) for batch in consumer.poll_batches()] == [50]
    assert {get_partition(due) for due in consumer.take_due_records()} == {("t", 0), ("t", 1)}


def test_unordered_consumer_polls_below_a_full_batch_in_flight() -> None:
    consumer = UnorderedConsumer()
    fetch(consumer, {0: 50, 1: 60})
    in_flight = poll_and_deliver(consumer)
    assert len(in_flight) == 50
    assert poll_and_deliver(consumer) == []
    consumer.mark_done(in_flight[0])
    assert len(poll_and_deliver(consumer)) == 50
    assert poll_and_deliver(consumer) == []


@pytest.mark.parametrize("consumer", [OrderedConsumer(), UnorderedConsumer()], ids=["ordered", "unordered"])
def test_waiting_records_of_a_revoked_partition_are_dropped(consumer: VirtualConsumer) -> None:
    fetch(consumer, {0: 3, 1: 3})
    list(consumer.poll_batches())
    consumer.revoke([("t", 0)])
    assert {partition for deliveries in run_rounds([consumer]) for partition, _ in deliveries} == {1}


@given(st.lists(st.integers(0, 120), min_size=1, max_size=5))
def test_ordered_consumer_delivers_all_records_once_in_order(backlog: list[int]) -> None:
    consumer = OrderedConsumer()
    fetch(consumer, dict(enumerate(backlog)))
    rounds_of_deliveries = [delivery for deliveries in run_rounds([consumer]) for delivery in deliveries]
    for partition, records in enumerate(backlog):
        assert [offset for found, offset in rounds_of_deliveries if found == partition] == list(range(records))


@given(st.lists(st.integers(0, 120), min_size=1, max_size=5))
def test_unordered_consumer_has_at_most_99_in_flight(backlog: list[int]) -> None:
    consumer = UnorderedConsumer()
    fetch(consumer, dict(enumerate(backlog)))
    rounds_of_deliveries = run_rounds([consumer])
    assert sum(len(deliveries) for deliveries in rounds_of_deliveries) == sum(backlog)
    assert all(len(deliveries) <= 99 for deliveries in rounds_of_deliveries)
