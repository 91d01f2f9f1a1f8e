"""Kafka is judged by what it says of its brokers and topics."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from local.doctor import kafka
from local.platform.state import free_port
from local.platform.topics import Cluster, Topic
from tests.unit.doctor.doctor_facts import states


def cluster(*, embedded: bool = False, **partitions: int) -> Cluster:
    return Cluster((("127.0.0.1", 9092),), partitions, embedded=embedded)


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    """A broker in this process."""
    broker = Producer({"test.mock.num.brokers": 1})
    (only,) = broker.list_topics("a", timeout=10).brokers.values()
    yield f"{only.host}:{only.port}"
    broker.flush()


def test_a_broker_that_answers_is_well(servers: str) -> None:
    assert states(kafka.check(servers, [Topic("a", 4)], "Start it.", is_up=True)) == {"Kafka": "ok", "topics": "ok"}


def test_a_broker_that_is_away_is_one_finding_with_its_address_and_the_remedy() -> None:
    place = f"127.0.0.1:{free_port()}"

    [found] = kafka.check(place, [Topic("a")], "Start it.", is_up=True)

    assert (found.check, found.state, found.advice) == ("Kafka", "wrong", "Start it.")
    assert place in found.found


def test_a_broker_that_calls_itself_what_nobody_can_reach_is_wrong() -> None:
    assert kafka.broker("k:1", 1, []).state == "ok"
    lost = kafka.broker("k:1", 1, ["broker-0:9092"])
    assert lost.state == "wrong"
    assert "broker-0:9092" in lost.found
    assert "advertised.listeners" in lost.advice


def test_missing_topics_are_wrong_only_where_somebody_should_have_made_them() -> None:
    wanted = [Topic("a"), Topic("b")]

    [up] = kafka.of_topics(cluster(a=1), wanted, is_up=True)
    [before] = kafka.of_topics(cluster(a=1), wanted, is_up=False)

    assert (up.state, up.found) == ("wrong", "missing: b")
    assert (before.state, before.found) == ("ok", "not there yet: b")


def test_another_number_of_partitions_than_declared_is_a_warning_with_both() -> None:
    wanted = [Topic("few", 4), Topic("many", 2), Topic("right", 3)]

    few, many = kafka.of_topics(cluster(few=1, many=8, right=3), wanted, is_up=True)

    assert (few.check, few.state, few.found) == ("topic few", "warning", "1 partitions, and not 4")
    assert (many.check, many.state, many.found) == ("topic many", "warning", "8 partitions, and not 2")


def test_the_embedded_broker_may_have_more_partitions_than_asked_for() -> None:
    assert states(kafka.of_topics(cluster(embedded=True, a=4), [Topic("a", 1)], is_up=True)) == {"topics": "ok"}


def test_of_many_missing_topics_some_are_named() -> None:
    [found] = kafka.of_topics(cluster(), [Topic(f"t{number}") for number in range(9)], is_up=True)

    assert found.found == "missing: t0, t1, t2, t3, t4 and 4 more"
