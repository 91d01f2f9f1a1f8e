"""An onlooker sees what passes, and nobody sees an onlooker."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from local.cli.errors import Failed
from local.cli.passing import Onlooker
from tests.kit import eventually


class Broker:
    """The one that librdkafka brings, as long as this lives."""

    def __init__(self) -> None:
        self._owner = Producer({"test.mock.num.brokers": 1})
        (only,) = self._owner.list_topics(timeout=10).brokers.values()
        self.servers = f"{only.host}:{only.port}"

    def say(self, topic: str, *values: str) -> None:
        for value in values:
            self._owner.produce(topic, value, headers=[("ce_type", b"t")])
        assert self._owner.flush(30) == 0


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def told() -> list[str]:
    """What an onlooker says beside what it sees."""
    return []


@pytest.fixture
def onlooker(broker: Broker, told: list[str]) -> Iterator[Onlooker]:
    made = Onlooker(broker.servers, {"a", "b", "later"}.__contains__, told.append)
    yield made
    made.close()


def seen(onlooker: Onlooker, count: int) -> list[str]:
    """The next records, as many as there should be."""
    found: list[str] = []

    def enough() -> bool:
        if (passed := onlooker.next()) is not None:
            found.append(passed.data.decode())
        return len(found) >= count

    eventually(enough, within=60, what=f"{count} records")
    return sorted(found)


def test_what_is_written_from_now_on_is_seen_and_nothing_before(broker: Broker, onlooker: Onlooker) -> None:
    broker.say("a", "before")
    broker.say("elsewhere", "never")
    assert onlooker.begin(from_beginning=False) == ["a"]

    broker.say("a", *"12345")
    broker.say("elsewhere", "never")

    assert seen(onlooker, 5) == [*"12345"]


def test_what_is_there_already_is_seen_if_that_was_asked_for(broker: Broker, onlooker: Onlooker) -> None:
    broker.say("a", "1")
    broker.say("b", "2")
    onlooker.begin(from_beginning=True)

    assert seen(onlooker, 2) == ["1", "2"]


def test_a_topic_that_comes_later_is_seen_from_its_beginning_and_named(
    broker: Broker, onlooker: Onlooker, told: list[str]
) -> None:
    assert onlooker.begin(from_beginning=False) == []

    broker.say("later", "first", "second")

    assert seen(onlooker, 2) == ["first", "second"]
    assert told == ["Also reading later."]


def test_nothing_is_committed(broker: Broker, onlooker: Onlooker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.cli.passing.uuid4", lambda: "known")
    known = Onlooker(broker.servers, {"a"}.__contains__, print)
    broker.say("a", "1")
    known.begin(from_beginning=True)
    seen(known, 1)
    known.close()

    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": "pagebus-watch-known"})
    numbers = consumer.list_topics(timeout=10).topics["a"].partitions
    committed = consumer.committed([TopicPartition("a", number) for number in numbers], timeout=10)
    consumer.close()
    assert numbers
    assert {partition.offset for partition in committed} == {-1001}  # no offset
    assert onlooker.away is False


def test_a_broker_that_goes_is_told_once(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setattr("local.cli.passing._LOOK_ANSWER_S", 0.5)
    broker = Broker()
    broker.say("a", "1")
    onlooker = Onlooker(broker.servers, {"a"}.__contains__, told.append)
    onlooker.begin(from_beginning=True)
    seen(onlooker, 1)
    del broker

    eventually(lambda: onlooker.next() is None and onlooker.away, within=60, what="a note")
    for _ in range(10):
        onlooker.next()
    onlooker.close()

    assert told == ["Kafka does not answer; waiting for it."]


def test_a_broker_that_is_not_there_at_the_beginning_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setattr("local.cli.passing._ANSWER_S", 0.5)
    nobody = Onlooker("127.0.0.1:1", {"a"}.__contains__, told.append)

    with pytest.raises(Failed, match="Kafka does not answer"):
        nobody.begin(from_beginning=False)
    nobody.close()
