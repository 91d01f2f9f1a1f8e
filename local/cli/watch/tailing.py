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
# Short, because Ctrl-C has no effect until the request ends.
_REFRESH_TIMEOUT_S = 1.0


def _build_settings(servers: str) -> dict[str, str | int | bool]:
    return {
        "bootstrap.servers": servers,
        # The client requires a group name. Without a subscription, no broker learns it.
        "group.id": f"pagebus-watch-{uuid4()}",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        # The mock broker of librdkafka answers a fetch request without records only after this time.
        "fetch.wait.max.ms": 25,
        "reconnect.backoff.max.ms": 1000,
        # TopicTailer reports a broker that does not answer, and does so once.
        "log_level": 0,
    }


class TopicTailer:
    """Reads all topics that fulfil `is_wanted`, including topics that are created later.

    `print_note` gets messages for the user: new topics, and the loss and return of the connection.
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
        """Start at the end of each partition, or at its beginning, and return the names of the topics that exist.

        Raise CommandFailedError if Kafka does not answer.
        """
        try:
            self._assign_new_partitions(None if from_beginning else self._find_end, _START_TIMEOUT_S)
        except KafkaException as error:
            raise CommandFailedError("Kafka does not answer. Start what is missing: `pagebus up --detach`.") from error
        return sorted({topic for topic, _ in self._assigned})

    def poll(self) -> TopicRecord | None:
        """Return the next record, or None if none arrives within 0.2 s. Look for new partitions once per second."""
        if time.monotonic() - self._refreshed_at > _REFRESH_INTERVAL_S:
            self._refresh_partitions()
        message = self._consumer.poll(_POLL_S)
        # An error concerns the broker or a deleted partition. _refresh_partitions reports both.
        return None if message is None or message.error() else _convert_message(message)

    def close(self) -> None:
        self._consumer.close()

    def _refresh_partitions(self) -> None:
        """Read partitions that are new since the last refresh from their beginning: all their records are new."""
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
        """Read partitions that are not read yet, and return the names of new topics among them.

        `find_offset` returns the first offset; without it, partitions are read from their beginning.
        """
        known = {topic for topic, _ in self._assigned}
        new = [one for one in self._list_partitions(timeout) if (one.topic, one.partition) not in self._assigned]
        for partition in new:
            partition.offset = find_offset(partition) if find_offset else OFFSET_BEGINNING
        if new:
            self._consumer.incremental_assign(new)
        self._assigned |= {(partition.topic, partition.partition) for partition in new}
        return sorted({partition.topic for partition in new} - known)

    def _list_partitions(self, timeout: float) -> Iterator[TopicPartition]:
        # A request for all topics: the mock broker of librdkafka creates a topic that is requested by name.
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
