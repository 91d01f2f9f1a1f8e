"""The Kafka consumer of a source: a thread polls it and passes records to the event loop.

Only this thread uses the consumer. The Kafka client serializes calls, so a call of another thread during a poll may
never return.
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
from local.twin.sources.broker import Broker, build_consumer_settings
from local.twin.sources.polling import BATCH_SIZE, Partition
from local.twin.sources.records import Record

log = structlog.get_logger()

_POLL_SECONDS = 0.1  # also the longest delay before a pause, a resume or a commit
_END_OFFSETS_SECONDS = 1.0
_REQUEST_SECONDS = 5.0
# The longest wait for deliveries in flight before another member gets their partitions. A real source also
# waits; 10 s were measured.
_HAND_OVER_SECONDS = 30.0
_STOP_SECONDS = 10.0
_RESTART_SECONDS = 5.0


class RecordReceiver(Protocol):
    """The receiver of records and of changed assignments. All of its methods run in the event loop."""

    def on_assigned(self, partitions: Sequence[Partition]) -> None:
        """Replace the assignment by these partitions."""

    def on_records(self, records: Sequence[Record]) -> None:
        """Accept the records of one fetch. Some records may belong to partitions that were just revoked."""

    def on_records_lost(self, records: int) -> None:
        """Add `records` to the number of lost records: the broker deleted them before they were read."""

    async def on_revoked(self, partitions: Sequence[Partition], max_wait: float) -> dict[Partition, int]:
        """Finish deliveries in flight, within `max_wait` seconds, and return the offsets to commit by partition."""


class Poller:
    """A thread that polls for `receiver` from `start` until `stop`. Between polls, it runs commands of the event loop.

    `is_assigned` is true after the consumer group has assigned partitions to this member, even if it assigned none.
    `failure` is the error that stopped the consumer. It is None again when a new consumer has an assignment.
    `end_offsets` are the last known end offsets of the assigned partitions.
    """

    def __init__(self, source: KafkaSource, broker: Broker, receiver: RecordReceiver) -> None:
        self._name = source.metadata.name
        self._topics = source.spec.topics
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._commands: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.end_offsets: dict[Partition, int] = {}
        self.is_assigned = False
        self.failure: str | None = None
        self._ends_read_at = 0.0
        self._next_offsets: dict[Partition, int] = {}
        self._collected: list[Record] = []
        self._settings = build_consumer_settings(source, broker)
        self._consumer = Consumer(self._settings)
        self._assignment: list[TopicPartition] = []
        self._thread = threading.Thread(target=self._run, name=f"source-{self._name}", daemon=True)

    def start(self) -> None:
        """Join the consumer group and start the thread."""
        self._subscribe()
        self._thread.start()

    async def stop(self) -> None:
        """Finish the deliveries in flight, commit, and leave the group."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    def pause(self, partition: Partition) -> None:
        self._commands.put(lambda: self._consumer.pause([TopicPartition(*partition)]))

    def resume(self, partition: Partition) -> None:
        self._commands.put(lambda: self._consumer.resume([TopicPartition(*partition)]))

    def commit(self, offsets: dict[Partition, int], on_committed: Callable[[], None]) -> None:
        """Commit after the current poll. If Kafka has stored the offsets, call `on_committed` in the event loop."""

        def commit() -> None:
            # A revoked partition belongs to another member, whose offset may already be higher.
            if offsets.keys() <= self._get_assignment() and self._commit(offsets):
                self._loop.call_soon_threadsafe(on_committed)

        self._commands.put(commit)

    def _run(self) -> None:
        """Poll until `stop`. After an error, report the error, and continue with a new consumer after a pause."""
        is_connected = True
        while not self._stopping.is_set():
            try:
                if not is_connected:
                    self._reconnect()
                is_connected = True
                self._poll()
            except Exception as error:  # noqa: BLE001  # the thread must report every error and continue
                is_connected = False
                self._report_failure(error)
                self._discard_consumer()
                self._stopping.wait(_RESTART_SECONDS)

    def _poll(self) -> None:
        while not self._stopping.is_set():
            self._collect(self._consumer.poll(_POLL_SECONDS))
            self._collect_batch()
            self._pass_to_receiver()
            self._run_commands()
            self._update_end_offsets()
        self._release_partitions(self._consumer.assignment(), _STOP_SECONDS)
        self._consumer.close()

    def _subscribe(self) -> None:
        self._consumer.subscribe(
            self._topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
        )

    def _report_failure(self, error: Exception) -> None:
        self.failure = f"its Kafka consumer failed: {type(error).__name__}: {error}"
        log.error("source.poller_failed", source=self._name, retry_after_s=_RESTART_SECONDS, exc_info=error)

    def _discard_consumer(self) -> None:
        """Close the consumer, and so release its partitions. If this fails, release them without a commit."""
        for step in (self._consumer.close, self._drop_assignment):
            try:
                step()
            except Exception as error:  # noqa: BLE001  # a failed consumer may raise anything
                log.warning("source.not_closed", source=self._name, reason=str(error))

    def _drop_assignment(self) -> None:
        if self._assignment:
            self._finish_partitions(self._assignment, _HAND_OVER_SECONDS)

    def _reconnect(self) -> None:
        self._consumer = Consumer(self._settings)
        self._subscribe()

    def _collect_batch(self) -> None:
        """Collect further records that are already fetched.

        A dispatcher also gets these records in one poll. Besides, the event loop then wakes up only once.
        """
        while 0 < len(self._collected) < BATCH_SIZE:
            message = self._consumer.poll(0)
            if message is None:  # a message without a value is falsy as well
                return
            self._collect(message)

    def _collect(self, message: Message | None) -> None:
        if message is None:
            return
        if error := message.error():
            log.warning("source.kafka_error", source=self._name, code=error.name(), fatal=error.fatal())
        else:
            self._collected.append(_to_record(message))

    def _get_assignment(self) -> set[Partition]:
        return {(partition.topic, partition.partition) for partition in self._consumer.assignment()}

    def _run_commands(self) -> None:
        while not self._commands.empty():
            try:
                self._commands.get()()
            except KafkaException as error:
                # A pause or resume fails if its partition has just been revoked.
                log.info("source.command_failed", source=self._name, reason=str(error))

    def _update_end_offsets(self) -> None:
        """Store the end offsets that the client knows without a request to the broker."""
        if time.monotonic() - self._ends_read_at > _END_OFFSETS_SECONDS:
            self._ends_read_at = time.monotonic()
            assignment = self._consumer.assignment()
            self.end_offsets = {
                (partition.topic, partition.partition): self._consumer.get_watermark_offsets(partition, cached=True)[1]
                for partition in assignment
            }

    def _pass_to_receiver(self) -> None:
        """Pass the collected records to the receiver, and report records that were deleted before them."""
        for record in self._collected:
            partition = (record.topic, record.partition)
            if self._next_offsets.get(partition, record.offset) < record.offset:
                self._report_lost(partition, record.offset)
            self._next_offsets[partition] = record.offset + 1
        if self._collected:
            self._loop.call_soon_threadsafe(self._receiver.on_records, self._collected)
            self._collected = []

    def _report_lost(self, partition: Partition, offset: int) -> None:
        """Report as lost those missing records before `offset` that are also before the broker's first offset.

        The broker has deleted these records. Later records are missing because of compaction or an aborted transaction.
        """
        try:
            first_offset, _ = self._consumer.get_watermark_offsets(TopicPartition(*partition), timeout=_REQUEST_SECONDS)
        except KafkaException:
            first_offset = offset
        lost = min(first_offset, offset) - self._next_offsets[partition]
        if lost > 0:
            topic, number = partition
            log.error("source.records_lost", source=self._name, topic=topic, partition=number, records=lost)
            self._loop.call_soon_threadsafe(self._receiver.on_records_lost, lost)

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        try:
            committed = consumer.committed(partitions, timeout=_REQUEST_SECONDS)
        except KafkaException as error:
            log.warning("source.no_committed_offsets", source=self._name, reason=str(error))
            committed = []
        self._next_offsets = {
            (partition.topic, partition.partition): partition.offset for partition in committed if partition.offset >= 0
        }
        self._loop.call_soon_threadsafe(
            self._receiver.on_assigned, [(partition.topic, partition.partition) for partition in partitions]
        )
        self._assignment = partitions
        self.is_assigned, self.failure = True, None
        log.info("source.assigned", source=self._name, partitions=len(partitions))
        # Resume all partitions, because one that was paused in an earlier assignment may still be paused.
        self._commands.put(lambda: consumer.resume(partitions))

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._release_partitions(partitions, _HAND_OVER_SECONDS)

    def _on_lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Drop partitions that another member already has."""
        log.warning("source.partitions_lost", source=self._name, partitions=len(partitions))
        self._finish_partitions(partitions, 0)

    def _release_partitions(self, partitions: list[TopicPartition], max_wait: float) -> None:
        if offsets := self._finish_partitions(partitions, max_wait):
            self._commit(offsets)

    def _finish_partitions(self, partitions: list[TopicPartition], max_wait: float) -> dict[Partition, int]:
        """Finish the deliveries of these partitions, and return the offsets to commit.

        Drop records that were not passed to the event loop yet. The next member fetches them again.
        """
        self.is_assigned, self._assignment = False, []
        self._collected.clear()
        revoked = [(partition.topic, partition.partition) for partition in partitions]
        offsets = self._wait_for_loop(self._receiver.on_revoked(revoked, max_wait), max_wait)
        # Drop pending commands: if this member gets the partitions back, an old commit could reset a newer offset.
        self._commands = SimpleQueue()
        return offsets

    def _wait_for_loop(self, work: Coroutine[Any, Any, dict[Partition, int]], max_wait: float) -> dict[Partition, int]:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(max_wait + _REQUEST_SECONDS)
        except TimeoutError:
            log.warning("source.handover_timed_out", source=self._name)
            return {}

    def _commit(self, offsets: dict[Partition, int]) -> bool:
        positions = [TopicPartition(*partition, offset) for partition, offset in offsets.items()]
        try:
            self._consumer.commit(offsets=positions, asynchronous=False)
        except (KafkaException, RuntimeError) as error:
            log.warning("source.not_committed", source=self._name, reason=str(error))
            return False
        return True


def _to_record(message: Message) -> Record:
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return Record(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        timestamp=message.timestamp()[1],
        key=_to_bytes(message.key()),
        value=_to_bytes(message.value()),
        headers=tuple(headers),
    )


def _to_bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
