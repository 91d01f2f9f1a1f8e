"""Findings about Kafka, its brokers and its topics."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from local.doctor import kafka
from local.platform.state import find_free_port
from local.platform.topics import ClusterMetadata, Topic
from tests.unit.doctor.doctor_examples import get_states


def build_cluster(*, embedded: bool = False, **partitions: int) -> ClusterMetadata:
    return ClusterMetadata((("127.0.0.1", 9092),), partitions, is_embedded=embedded)


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    """Address of a broker in this process."""
    broker = Producer({"test.mock.num.brokers": 1})
    [node] = broker.list_topics("a", timeout=10).brokers.values()
    yield f"{node.host}:{node.port}"
    broker.flush()


def test_broker_that_answers_is_ok(servers: str) -> None:
    assert get_states(kafka.check_kafka(servers, [Topic("a", 4)], "Start it.", is_up=True)) == {
        "Kafka": "ok",
        "topics": "ok",
    }


def test_absent_broker_is_one_finding_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "_METADATA_TIMEOUT_S", 0.5)
    address = f"127.0.0.1:{find_free_port()}"

    [found] = kafka.check_kafka(address, [Topic("a")], "Start it.", is_up=True)

    assert (found.check, found.state, found.advice) == ("Kafka", "wrong", "Start it.")
    assert address in found.found


def test_unreachable_advertised_address_is_wrong() -> None:
    assert kafka.check_brokers("k:1", 1, []).state == "ok"
    unreachable = kafka.check_brokers("k:1", 1, ["broker-0:9092"])
    assert unreachable.state == "wrong"
    assert "broker-0:9092" in unreachable.found
    assert "advertised.listeners" in unreachable.advice


def test_missing_topics_are_wrong_only_after_start() -> None:
    topics = [Topic("a"), Topic("b")]

    [after] = kafka.check_topics(build_cluster(a=1), topics, is_up=True)
    [before] = kafka.check_topics(build_cluster(a=1), topics, is_up=False)

    assert (after.state, after.found) == ("wrong", "missing: b")
    assert (before.state, before.found) == ("ok", "not created yet: b")


def test_different_number_of_partitions_is_a_warning() -> None:
    topics = [Topic("few", 4), Topic("many", 2), Topic("right", 3)]

    few, many = kafka.check_topics(build_cluster(few=1, many=8, right=3), topics, is_up=True)

    assert (few.check, few.state, few.found) == ("topic few", "warning", "has 1 partition, but 4 are declared")
    assert (many.check, many.state, many.found) == ("topic many", "warning", "has 8 partitions, but 2 are declared")


def test_embedded_broker_may_have_more_partitions() -> None:
    assert get_states(kafka.check_topics(build_cluster(embedded=True, a=4), [Topic("a", 1)], is_up=True)) == {
        "topics": "ok"
    }


def test_first_five_missing_topics_are_named() -> None:
    [found] = kafka.check_topics(build_cluster(), [Topic(f"t{number}") for number in range(9)], is_up=True)

    assert found.found == "missing: t0, t1, t2, t3, t4 and 4 more"
