"""Topics as they are written to, for who only looks: no group is joined, nothing is committed."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from local.cli.errors import Failed
from local.cli.passed import Passed, opened

_POLL_S = 0.2
_LOOK_S = 1.0
_ANSWER_S = 5.0
# Short, because Ctrl-C waits for it too.
_LOOK_ANSWER_S = 1.0


def _settings(servers: str) -> dict[str, str | int | bool]:
    return {
        "bootstrap.servers": servers,
        # The client wants a name for a group; without a subscription nobody ever hears it.
        "group.id": f"pagebus-watch-{uuid4()}",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        # librdkafka's own broker answers a waiting fetch only when this is over.
        "fetch.wait.max.ms": 25,
        "reconnect.backoff.max.ms": 1000,
        # That the broker is away is told here, once.
        "log_level": 0,
    }


class Onlooker:
    """Reads every topic that is `wanted`, also those that come later; `tell` hears what people should know meanwhile.

    Who begins not `from_beginning` reads what is written from now on.
    """

    def __init__(self, servers: str, wanted: Callable[[str], bool], tell: Callable[[str], None]) -> None:
        self._consumer = Consumer(_settings(servers))
        self._wanted = wanted
        self._tell = tell
        self._read: set[tuple[str, int]] = set()
        self._looked = 0.0
        self.away = False

    def begin(self, *, from_beginning: bool) -> list[str]:
        """The topics that there are. Raises Failed where Kafka does not answer."""
        try:
            self._add(None if from_beginning else self._end, _ANSWER_S)
        except KafkaException as error:
            raise Failed("Kafka does not answer. `pagebus up --detach` starts what is missing.") from error
        return sorted({topic for topic, _ in self._read})

    def next(self) -> Passed | None:
        """What is read next; None when there was nothing for a moment."""
        if time.monotonic() - self._looked > _LOOK_S:
            self._look()
        message = self._consumer.poll(_POLL_S)
        # An error is about the broker or a partition that has gone; looking tells of both.
        return None if message is None or message.error() else _passed(message)

    def close(self) -> None:
        self._consumer.close()

    def _look(self) -> None:
        """What came since the last look is read from its beginning: all of it is new."""
        try:
            came = self._add(None, _LOOK_ANSWER_S)
        except KafkaException:
            self._note(away=True)
        else:
            self._note(away=False)
            if came:
                self._tell(f"Also reading {', '.join(came)}.")
        self._looked = time.monotonic()

    def _note(self, *, away: bool) -> None:
        if away != self.away:
            self._tell("Kafka does not answer; waiting for it." if away else "Kafka answers again.")
        self.away = away

    def _add(self, position: Callable[[TopicPartition], int] | None, patience: float) -> list[str]:
        """Read the partitions that are not read yet; their topics, as far as these are new."""
        known = {topic for topic, _ in self._read}
        new = [found for found in self._there(patience) if (found.topic, found.partition) not in self._read]
        for partition in new:
            partition.offset = position(partition) if position else OFFSET_BEGINNING
        if new:
            self._consumer.incremental_assign(new)
        self._read |= {(found.topic, found.partition) for found in new}
        return sorted({found.topic for found in new} - known)

    def _there(self, patience: float) -> Iterator[TopicPartition]:
        # All of them: asked for one by its name, librdkafka's own broker would make it.
        for name, topic in self._consumer.list_topics(timeout=patience).topics.items():
            if self._wanted(name):
                yield from (TopicPartition(name, number) for number in topic.partitions)

    def _end(self, partition: TopicPartition) -> int:
        return int(self._consumer.get_watermark_offsets(partition, timeout=_ANSWER_S)[1])


def _passed(message: Message) -> Passed:
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    attributes, data = opened(dict(headers), message.value() or b"")
    return Passed(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        time=datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC),
        attributes=attributes,
        data=data,
    )
