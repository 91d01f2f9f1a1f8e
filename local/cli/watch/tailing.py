"""A reader of Kafka topics that follows new records, without a consumer group and without commits."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from local.cli.shell.errors import CommandFailedError
from local.cli.watch.topic_record import TopicRecord, parse_record

_POLL_S = 0.2
_REFRESH_INTERVAL_S = 1.0
_START_TIMEOUT_S = 5.0
# Short, because Ctrl-C has no effect until the request for the list of topics ends.
_REFRESH_TIMEOUT_S = 1.0


def _build_settings(servers: str) -> dict[str, str | int | bool]:
    return {
        "bootstrap.servers": servers,
        # librdkafka requires a group name. This consumer does not join the group, because it has no subscription.
        "group.id": f"pagebus-watch-{uuid4()}",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        # Short, because librdkafka's mock broker answers a fetch only after this time, even if a record arrives.
        "fetch.wait.max.ms": 25,
        "reconnect.backoff.max.ms": 1000,
        # TopicTailer itself reports that a broker does not answer, and it does so only once.
        "log_level": 0,
    }


class TopicTailer:
    """A reader of all topics for which `is_wanted(name)` is true, including topics that are created later.

    It calls `print_note` with messages for the user: new topics, and the loss and return of the connection.
    """

    def __init__(self, servers: str, is_wanted: Callable[[str], bool], print_note: Callable[[str], None]) -> None:
        self._consumer = Consumer(_build_settings(servers))
        self._is_wanted = is_wanted
        self._print_note = print_note
        self._assigned: set[tuple[str, int]] = set()
        self._refreshed_at = 0.0
        #: Whether Kafka did not answer the last request for the list of topics.
        self.is_disconnected = False

    def start(self, *, from_beginning: bool) -> list[str]:
        """Start to read the topics that exist, and return their names.

        Start at the end of each partition unless `from_beginning` is True. Raise CommandFailedError if Kafka does not
        answer.
        """
        try:
            self._assign_new_partitions(None if from_beginning else self._find_end, _START_TIMEOUT_S)
        except KafkaException as error:
            raise CommandFailedError("Kafka does not answer. Start it again: `pagebus up --detach`.") from error
        return sorted({topic for topic, _ in self._assigned})

    def poll(self) -> TopicRecord | None:
        """Return the next record, or None if no record arrives within 0.2 s. Search for new partitions every second."""
        if time.monotonic() - self._refreshed_at > _REFRESH_INTERVAL_S:
            self._refresh_partitions()
        message = self._consumer.poll(_POLL_S)
        # Ignore errors: a partition was deleted, or a broker fails, which _refresh_partitions reports.
        return None if message is None or message.error() else _convert_message(message)

    def close(self) -> None:
        self._consumer.close()

    def _refresh_partitions(self) -> None:
        """Start to read partitions that were created since the last refresh, from their first record.

        Print a note about new topics, and about the loss or return of the connection.
        """
        try:
            topics = self._assign_new_partitions(None, _REFRESH_TIMEOUT_S)
        except KafkaException:
            self._set_disconnected(is_disconnected=True)
        else:
            self._set_disconnected(is_disconnected=False)
            if topics:
                self._print_note(f"Also watching {', '.join(topics)}.")
        self._refreshed_at = time.monotonic()

    def _set_disconnected(self, *, is_disconnected: bool) -> None:
        if is_disconnected != self.is_disconnected:
            self._print_note("Kafka does not answer; waiting for it." if is_disconnected else "Kafka answers again.")
        self.is_disconnected = is_disconnected

    def _assign_new_partitions(self, find_offset: Callable[[TopicPartition], int] | None, timeout: float) -> list[str]:
        """Start to read the partitions that are not read yet, and return the names of topics that are new.

        `find_offset` returns the first offset to read in a partition. None stands for the beginning.
        """
        known_topics = {topic for topic, _ in self._assigned}
        new_partitions = [
            partition
            for partition in self._list_partitions(timeout)
            if (partition.topic, partition.partition) not in self._assigned
        ]
        for partition in new_partitions:
            partition.offset = find_offset(partition) if find_offset else OFFSET_BEGINNING
        if new_partitions:
            self._consumer.incremental_assign(new_partitions)
        self._assigned |= {(partition.topic, partition.partition) for partition in new_partitions}
        return sorted({partition.topic for partition in new_partitions} - known_topics)

    def _list_partitions(self, timeout: float) -> Iterator[TopicPartition]:
        # Request all topics, because the mock broker of librdkafka creates a topic that is requested by name.
        for name, topic in self._consumer.list_topics(timeout=timeout).topics.items():
            if self._is_wanted(name):
                yield from (TopicPartition(name, number) for number in topic.partitions)

    def _find_end(self, partition: TopicPartition) -> int:
        return int(self._consumer.get_watermark_offsets(partition, timeout=_START_TIMEOUT_S)[1])


def _convert_message(message: Message) -> TopicRecord:
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    attributes, data = parse_record(dict(headers), message.value() or b"")
    return TopicRecord(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        time=datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC),
        attributes=attributes,
        data=data,
    )
