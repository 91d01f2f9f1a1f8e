"""The Kafka side of a source: one thread that polls, and hands what it finds to the loop.

Only this thread touches the consumer: the client makes calls wait for each other, and a call that waits for a
poll may wait for ever.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from queue import SimpleQueue
from typing import Any, Protocol, cast

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from local.manifests.eventing import KafkaSource
from local.twin.sources.broker import Broker, settings
from local.twin.sources.polling import BATCH, Partition
from local.twin.sources.records import Record

log = structlog.get_logger()

_POLL_SECONDS = 0.1  # also how long a pause, a resume or a commit may wait
_LOOK_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
# How long what is in flight may take when partitions go to another member: a real source was seen to wait for ten.
_HAND_OVER_SECONDS = 30.0
_ENDING_SECONDS = 10.0


class Receiver(Protocol):
    """What the loop does with what the thread finds; all of it runs in the loop."""

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """All that it has from now on."""

    def received(self, records: Sequence[Record]) -> None:
        """What one fetch brought, of partitions that it has or has just lost."""

    def never_to_come(self, records: int) -> None:
        """The broker has dropped so many records that nobody has read."""

    async def revoked(self, partitions: Sequence[Partition], patience: float) -> dict[Partition, int]:
        """Finish what is in flight, or give it up after so many seconds; the offsets to commit before all goes."""


class Poller:
    """Polls for `receiver` from `start` until `stop`; what the loop asks for is done between two polls.

    `assigned` says that the group has given it its partitions, of which a large group may leave it none.
    """

    def __init__(self, source: KafkaSource, broker: Broker, receiver: Receiver) -> None:
        self._name = source.metadata.name
        self._topics = source.spec.topics
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._asked: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.ends: dict[Partition, int] = {}
        self.assigned = False
        self._looked = 0.0
        self._expected: dict[Partition, int] = {}
        self._collected: list[Record] = []
        self._consumer = Consumer(settings(source, broker))
        self._thread = threading.Thread(target=self._poll, name=f"source-{self._name}", daemon=True)

    def start(self) -> None:
        self._consumer.subscribe(self._topics, on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what is in flight, commit, and leave the group."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    def pause(self, partition: Partition) -> None:
        self._asked.put(lambda: self._consumer.pause([TopicPartition(*partition)]))

    def resume(self, partition: Partition) -> None:
        self._asked.put(lambda: self._consumer.resume([TopicPartition(*partition)]))

    def commit(self, offsets: dict[Partition, int], done: Callable[[], None]) -> None:
        """Commit soon; `done` is called in the loop when Kafka has taken the offsets."""

        def commit() -> None:
            # Partitions that have gone are another member's, which may have come further.
            if offsets.keys() <= self._held() and self._commit(offsets):
                self._loop.call_soon_threadsafe(done)

        self._asked.put(commit)

    def _poll(self) -> None:
        while not self._stopping.is_set():
            self._collect(self._consumer.poll(_POLL_SECONDS))
            self._collect_the_rest()
            self._hand_over()
            self._do_what_is_asked()
            self._look_for_ends()
        self._give_back(self._consumer.assignment(), _ENDING_SECONDS)
        self._consumer.close()

    def _collect_the_rest(self) -> None:
        """What came along: a dispatcher gets it in one poll too, and the loop is woken once."""
        while 0 < len(self._collected) < BATCH:
            message = self._consumer.poll(0)
            if message is None:  # one without value is falsy as well
                return
            self._collect(message)

    def _collect(self, message: Message | None) -> None:
        if message is None:
            return
        if error := message.error():
            log.warning("source.kafka_error", source=self._name, code=error.name(), fatal=error.fatal())
        else:
            self._collected.append(_record(message))

    def _held(self) -> set[Partition]:
        return {(found.topic, found.partition) for found in self._consumer.assignment()}

    def _do_what_is_asked(self) -> None:
        while not self._asked.empty():
            try:
                self._asked.get()()
            except KafkaException as error:
                # A pause or resume of a partition that has just gone.
                log.info("source.not_done", source=self._name, reason=str(error))

    def _look_for_ends(self) -> None:
        """Keep the offsets at which partitions end, as far as they are known without asking."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = time.monotonic()
            found = self._consumer.assignment()
            self.ends = {
                (at.topic, at.partition): self._consumer.get_watermark_offsets(at, cached=True)[1] for at in found
            }

    def _hand_over(self) -> None:
        for record in self._collected:
            partition = (record.topic, record.partition)
            if self._expected.get(partition, record.offset) < record.offset:
                self._report_lost(partition, record.offset)
            self._expected[partition] = record.offset + 1
        if self._collected:
            self._loop.call_soon_threadsafe(self._receiver.received, self._collected)
            self._collected = []

    def _report_lost(self, partition: Partition, offset: int) -> None:
        """A gap is a loss only below the first offset that the broker still has; else it was compacted or aborted."""
        try:
            low, _ = self._consumer.get_watermark_offsets(TopicPartition(*partition), timeout=_ANSWER_SECONDS)
        except KafkaException:
            low = offset
        lost = min(low, offset) - self._expected[partition]
        if lost > 0:
            topic, number = partition
            log.error("source.records_lost", source=self._name, topic=topic, partition=number, records=lost)
            self._loop.call_soon_threadsafe(self._receiver.never_to_come, lost)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        try:
            known = consumer.committed(partitions, timeout=_ANSWER_SECONDS)
        except KafkaException as error:
            log.warning("source.no_committed_offsets", source=self._name, reason=str(error))
            known = []
        self._expected = {(found.topic, found.partition): found.offset for found in known if found.offset >= 0}
        self._loop.call_soon_threadsafe(self._receiver.assigned, [(one.topic, one.partition) for one in partitions])
        self.assigned = True
        log.info("source.assigned", source=self._name, partitions=len(partitions))
        # A pause may outlive the assignment that it was meant for.
        self._asked.put(lambda: consumer.resume(partitions))

    def _revoked(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._give_back(partitions, _HAND_OVER_SECONDS)

    def _lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Another member has them already."""
        log.warning("source.partitions_lost", source=self._name, partitions=len(partitions))
        self._finished(partitions, 0)

    def _give_back(self, partitions: list[TopicPartition], patience: float) -> None:
        if offsets := self._finished(partitions, patience):
            self._commit(offsets)

    def _finished(self, partitions: list[TopicPartition], patience: float) -> dict[Partition, int]:
        """What may be committed of them; what is fetched and not handed over yet comes again."""
        self.assigned = False
        self._collected.clear()
        going = [(found.topic, found.partition) for found in partitions]
        found = self._ask(self._receiver.revoked(going, patience), patience)
        # Should they come back at once, a commit asked for before would undo this one, or another member's.
        self._asked = SimpleQueue()
        return found

    def _ask(self, question: Coroutine[Any, Any, dict[Partition, int]], patience: float) -> dict[Partition, int]:
        try:
            return asyncio.run_coroutine_threadsafe(question, self._loop).result(patience + _ANSWER_SECONDS)
        except TimeoutError:
            log.warning("source.not_handed_over", source=self._name)
            return {}

    def _commit(self, offsets: dict[Partition, int]) -> bool:
        wanted = [TopicPartition(*partition, offset) for partition, offset in offsets.items()]
        try:
            self._consumer.commit(offsets=wanted, asynchronous=False)
        except (KafkaException, RuntimeError) as error:
            log.warning("source.not_committed", source=self._name, reason=str(error))
            return False
        return True


def _record(message: Message) -> Record:
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return Record(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        timestamp=message.timestamp()[1],
        key=_bytes(message.key()),
        value=_bytes(message.value()),
        headers=tuple(headers),
    )


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
