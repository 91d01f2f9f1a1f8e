"""TopicTailer with the mock broker of librdkafka: it reads new records and leaves no trace."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from local.cli.shell.errors import CommandFailedError
from local.cli.watch.tailing import TopicTailer
from tests.kit import wait_for


class Broker:
    """The mock broker of librdkafka, which runs as long as this object exists."""

    def __init__(self) -> None:
        self._owner = Producer({"test.mock.num.brokers": 1})
        (only,) = self._owner.list_topics(timeout=10).brokers.values()
        self.servers = f"{only.host}:{only.port}"

    def produce(self, topic: str, *values: str) -> None:
        for value in values:
            self._owner.produce(topic, value, headers=[("ce_type", b"t")])
        assert self._owner.flush(30) == 0


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def notes() -> list[str]:
    """Return the notes of the tailer."""
    return []


@pytest.fixture
def tailer(broker: Broker, notes: list[str]) -> Iterator[TopicTailer]:
    tailer = TopicTailer(broker.servers, {"a", "b", "later"}.__contains__, notes.append)
    yield tailer
    tailer.close()


def read_data(tailer: TopicTailer, count: int) -> list[str]:
    """Return the data of the next records, sorted."""
    data: list[str] = []

    def has_enough() -> bool:
        if (record := tailer.poll()) is not None:
            data.append(record.data.decode())
        return len(data) >= count

    wait_for(has_enough, within=60, what=f"{count} records")
    return sorted(data)


def test_tail_starts_at_the_end(broker: Broker, tailer: TopicTailer) -> None:
    broker.produce("a", "before")
    broker.produce("elsewhere", "never")
    assert tailer.start(from_beginning=False) == ["a"]

    broker.produce("a", *"12345")
    broker.produce("elsewhere", "never")

    assert read_data(tailer, 5) == [*"12345"]


def test_tail_can_start_at_the_beginning(broker: Broker, tailer: TopicTailer) -> None:
    broker.produce("a", "1")
    broker.produce("b", "2")
    tailer.start(from_beginning=True)

    assert read_data(tailer, 2) == ["1", "2"]


def test_new_topic_is_read_from_its_beginning(broker: Broker, tailer: TopicTailer, notes: list[str]) -> None:
    assert tailer.start(from_beginning=False) == []

    broker.produce("later", "first", "second")

    assert read_data(tailer, 2) == ["first", "second"]
    assert notes == ["Also watching later."]


def test_tail_commits_no_offsets(broker: Broker, tailer: TopicTailer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.cli.watch.tailing.uuid4", lambda: "known")
    own_tailer = TopicTailer(broker.servers, {"a"}.__contains__, print)
    broker.produce("a", "1")
    own_tailer.start(from_beginning=True)
    read_data(own_tailer, 1)
    own_tailer.close()

    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "pagebus-watch-known"})
    numbers = consumer.list_topics(timeout=10).topics["a"].partitions
    committed = consumer.committed([TopicPartition("a", number) for number in numbers], timeout=10)
    consumer.close()
    assert numbers
    assert {partition.offset for partition in committed} == {-1001}  # no offset
    assert tailer.is_disconnected is False


def test_lost_broker_is_reported_once(monkeypatch: pytest.MonkeyPatch, notes: list[str]) -> None:
    monkeypatch.setattr("local.cli.watch.tailing._REFRESH_TIMEOUT_S", 0.5)
    broker = Broker()
    broker.produce("a", "1")
    tailer = TopicTailer(broker.servers, {"a"}.__contains__, notes.append)
    tailer.start(from_beginning=True)
    read_data(tailer, 1)
    del broker

    wait_for(lambda: tailer.poll() is None and tailer.is_disconnected, within=60, what="a note")
    for _ in range(10):
        tailer.poll()
    tailer.close()

    assert notes == ["Kafka does not answer; waiting for it."]


def test_start_without_a_broker_fails(monkeypatch: pytest.MonkeyPatch, notes: list[str]) -> None:
    monkeypatch.setattr("local.cli.watch.tailing._START_TIMEOUT_S", 0.5)
    unreachable = TopicTailer("127.0.0.1:1", {"a"}.__contains__, notes.append)

    with pytest.raises(CommandFailedError, match="Kafka does not answer"):
        unreachable.start(from_beginning=False)
    unreachable.close()
