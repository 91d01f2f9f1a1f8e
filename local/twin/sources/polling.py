"""When a consumer polls, and what it then delivers: the rules of a dispatcher's consumer, without Kafka or a clock.

Follows eventing-kafka-broker's OrderedConsumerVerticle and UnorderedConsumerVerticle, but for one thing: the ordered
one looks every 200 ms whether it may poll, and this one as soon as something has changed.
"""

from collections import deque
from collections.abc import Collection, Iterator
from typing import Protocol

from local.twin.sources.records import Record

Partition = tuple[str, int]

#: The dispatcher's max.poll.records: the most that one poll returns, and in flight where order does not matter.
BATCH = 50


class Consumer(Protocol):
    """One consumer of a source. What was fetched for it waits until its rule lets it poll."""

    def fetched(self, record: Record) -> None: ...

    def polls(self) -> Iterator[list[Record]]:
        """What every poll returns that is due now; each is known to be polled once it is handed out."""

    def due(self) -> list[Record]:
        """Records that are to be delivered now."""

    def done(self, record: Record) -> None:
        """It was delivered, or given up."""

    def revoked(self, partitions: Collection[Partition]) -> None:
        """Forget what waits of them. What is being delivered is `done` later, or not at all."""


def consumer(ordering: str) -> Consumer:
    return Ordered() if ordering == "ordered" else Unordered()


class Fetched:
    """What waits for a poll, partition by partition, in the order in which they had something."""

    def __init__(self) -> None:
        self._records: dict[Partition, deque[Record]] = {}

    def add(self, record: Record) -> None:
        self._records.setdefault(partition_of(record), deque()).append(record)

    def poll(self, paused: Collection[Partition] = ()) -> list[Record]:
        """All of one partition before anything of the next, as Kafka's client drains its fetches."""
        batch: list[Record] = []
        for partition in [found for found in self._records if found not in paused]:
            waiting = self._records[partition]
            while waiting and len(batch) < BATCH:
                batch.append(waiting.popleft())
            if not waiting:
                del self._records[partition]
        return batch

    def forget(self, partitions: Collection[Partition]) -> None:
        for partition in partitions:
            self._records.pop(partition, None)


class Ordered:
    """One delivery at a time for each partition.

    It polls while a partition that it has met has nothing to do, and pauses the others meanwhile. So a partition that
    it has not met waits behind the backlog of those that it has.
    """

    def __init__(self) -> None:
        self._fetched = Fetched()
        self._queues: dict[Partition, deque[Record]] = {}
        self._busy: set[Partition] = set()

    def fetched(self, record: Record) -> None:
        self._fetched.add(record)

    def polls(self) -> Iterator[list[Record]]:
        while self._may_poll() and (batch := self._fetched.poll(paused=self._occupied())):
            for record in batch:
                self._queues.setdefault(partition_of(record), deque()).append(record)
            yield batch

    def due(self) -> list[Record]:
        free = [partition for partition, queue in self._queues.items() if queue and partition not in self._busy]
        self._busy.update(free)
        return [self._queues[partition].popleft() for partition in free]

    def done(self, record: Record) -> None:
        self._busy.discard(partition_of(record))

    def revoked(self, partitions: Collection[Partition]) -> None:
        self._fetched.forget(partitions)
        for partition in partitions:
            self._queues.pop(partition, None)
            self._busy.discard(partition)

    def _may_poll(self) -> bool:
        return not self._queues or len(self._occupied()) < len(self._queues)

    def _occupied(self) -> set[Partition]:
        return self._busy | {partition for partition, queue in self._queues.items() if queue}


class Unordered:
    """Everything at once, but it polls only while fewer than a batch are being delivered: so there may be 99."""

    def __init__(self) -> None:
        self._fetched = Fetched()
        self._polled: list[Record] = []
        self._in_flight = 0

    def fetched(self, record: Record) -> None:
        self._fetched.add(record)

    def polls(self) -> Iterator[list[Record]]:
        while self._in_flight < BATCH and (batch := self._fetched.poll()):
            self._in_flight += len(batch)
            self._polled += batch
            yield batch

    def due(self) -> list[Record]:
        due, self._polled = self._polled, []
        return due

    def done(self, _record: Record) -> None:
        self._in_flight -= 1

    def revoked(self, partitions: Collection[Partition]) -> None:
        self._fetched.forget(partitions)
        kept = [record for record in self._polled if partition_of(record) not in partitions]
        self._in_flight -= len(self._polled) - len(kept)
        self._polled = kept


def partition_of(record: Record) -> Partition:
    return record.topic, record.partition
