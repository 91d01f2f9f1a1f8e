"""The rules by which a dispatcher's consumer polls and delivers, without Kafka or a clock.

Follows eventing-kafka-broker's OrderedConsumerVerticle and UnorderedConsumerVerticle, with one difference.
On a cluster, an ordered consumer checks every 200 ms whether it may poll. In the twin, it polls as soon as it may.
"""

from collections import deque
from collections.abc import Collection, Iterator
from typing import Protocol

from local.twin.sources.records import Record

Partition = tuple[str, int]

#: The dispatcher's max.poll.records: the largest batch of one poll. An unordered consumer polls while fewer records are
#: in flight.
BATCH_SIZE = 50


class VirtualConsumer(Protocol):
    """A consumer that a source has on a cluster. Fetched records wait until its polling rule allows a poll."""

    def add_fetched(self, record: Record) -> None: ...

    def poll_batches(self) -> Iterator[list[Record]]:
        """Yield the batches of all polls that the rule allows now. A batch counts as polled when it is yielded."""

    def take_due_records(self) -> list[Record]:
        """Return the records to deliver now."""

    def mark_done(self, record: Record) -> None:
        """Record that a delivery has ended, successfully or not."""

    def revoke(self, partitions: Collection[Partition]) -> None:
        """Drop the waiting records of these partitions. Records in delivery may still be marked as done later."""


def create_consumer(ordering: str) -> VirtualConsumer:
    """Return a consumer for the field `ordering` of a source: `ordered` or `unordered`."""
    return OrderedConsumer() if ordering == "ordered" else UnorderedConsumer()


class FetchBuffer:
    """Records that wait for a poll, by partition. The partition that has waited longest comes first."""

    def __init__(self) -> None:
        self._records: dict[Partition, deque[Record]] = {}

    def add(self, record: Record) -> None:
        self._records.setdefault(get_partition(record), deque()).append(record)

    def poll(self, paused: Collection[Partition] = ()) -> list[Record]:
        """Return a batch, without records of `paused` partitions.

        As in Kafka's client, all records of one partition come before those of the next partition.
        """
        batch: list[Record] = []
        for partition in [partition for partition in self._records if partition not in paused]:
            waiting = self._records[partition]
            while waiting and len(batch) < BATCH_SIZE:
                batch.append(waiting.popleft())
            if not waiting:
                del self._records[partition]
        return batch

    def drop(self, partitions: Collection[Partition]) -> None:
        for partition in partitions:
            self._records.pop(partition, None)


class OrderedConsumer:
    """A consumer with one delivery at a time for each partition.

    A partition is busy while one of its polled records waits or is in delivery. The consumer pauses busy partitions,
    and polls while a known partition is not busy. A partition becomes known when its first record is polled. So the
    first record of a new partition waits behind the backlog of known partitions.
    """

    def __init__(self) -> None:
        self._fetched = FetchBuffer()
        self._queues: dict[Partition, deque[Record]] = {}
        self._delivering: set[Partition] = set()

    def add_fetched(self, record: Record) -> None:
        self._fetched.add(record)

    def poll_batches(self) -> Iterator[list[Record]]:
        while self._can_poll() and (batch := self._fetched.poll(paused=self._list_busy_partitions())):
            for record in batch:
                self._queues.setdefault(get_partition(record), deque()).append(record)
            yield batch

    def take_due_records(self) -> list[Record]:
        free = [partition for partition, queue in self._queues.items() if queue and partition not in self._delivering]
        self._delivering.update(free)
        return [self._queues[partition].popleft() for partition in free]

    def mark_done(self, record: Record) -> None:
        self._delivering.discard(get_partition(record))

    def revoke(self, partitions: Collection[Partition]) -> None:
        self._fetched.drop(partitions)
        for partition in partitions:
            self._queues.pop(partition, None)
            self._delivering.discard(partition)

    def _can_poll(self) -> bool:
        return not self._queues or len(self._list_busy_partitions()) < len(self._queues)

    def _list_busy_partitions(self) -> set[Partition]:
        return self._delivering | {partition for partition, queue in self._queues.items() if queue}


class UnorderedConsumer:
    """A consumer that delivers each record as soon as it is polled, in any order.

    It polls while fewer records are in flight than a batch of 50. A poll with 49 in flight can add 50, so up to 99
    records may be in flight.
    """

    def __init__(self) -> None:
        self._fetched = FetchBuffer()
        self._polled: list[Record] = []
        self._in_flight = 0

    def add_fetched(self, record: Record) -> None:
        self._fetched.add(record)

    def poll_batches(self) -> Iterator[list[Record]]:
        while self._in_flight < BATCH_SIZE and (batch := self._fetched.poll()):
            self._in_flight += len(batch)
            self._polled += batch
            yield batch

    def take_due_records(self) -> list[Record]:
        due_records, self._polled = self._polled, []
        return due_records

    def mark_done(self, _record: Record) -> None:
        self._in_flight -= 1

    def revoke(self, partitions: Collection[Partition]) -> None:
        self._fetched.drop(partitions)
        remaining = [record for record in self._polled if get_partition(record) not in partitions]
        self._in_flight -= len(self._polled) - len(remaining)
        self._polled = remaining


def get_partition(record: Record) -> Partition:
    return record.topic, record.partition
