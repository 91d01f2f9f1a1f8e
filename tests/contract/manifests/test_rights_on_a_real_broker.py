"""A real Kafka lets each function do exactly what its manifest allows, with the logins of functions and sources."""

from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient

from events.topics import OUTCOMES, PAGES_PREFIX, RESULTS, UPLOADS
from functions.runtime.bus import Bus
from functions.runtime.errors import Unavailable
from tests.contract.manifests.builds import build_product, count_partitions, select
from tests.contract.manifests.secured_kafka import (
    SecuredKafka,
    consume_first_record,
    find_writable_topics,
    run_secured_kafka,
)
from tests.fakes import create_telemetry

USERS = select(build_product(), "KafkaUser")
TOPICS = sorted(count_partitions(build_product()))


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    with run_secured_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        broker.apply(TOPICS, USERS.values())
        yield broker


def list_rights(user: str, kind: str, operation: str) -> set[str]:
    rules = USERS[user]["spec"]["authorization"]["acls"]
    return {
        rule["resource"]["name"]
        for rule in rules
        if rule["resource"]["type"] == kind and operation in rule["operations"]
    }


@pytest.mark.parametrize("user", sorted(USERS))
def test_function_writes_only_to_topics_of_its_manifest(kafka: SecuredKafka, user: str) -> None:
    assert find_writable_topics(kafka.build_password_settings(user), TOPICS) == list_rights(user, "topic", "Write")


def test_certificate_gives_the_same_rights_as_password(kafka: SecuredKafka) -> None:
    assert find_writable_topics(kafka.build_certificate_settings("pagebus-intake"), TOPICS) == list_rights(
        "pagebus-intake", "topic", "Write"
    )


def test_bus_connects_and_cannot_exceed_its_rights(kafka: SecuredKafka) -> None:
    bus = Bus(kafka.build_password_settings("pagebus-gateway"), "gateway", create_telemetry())

    bus.produce([(UPLOADS, "key", b"{}", {})])
    with pytest.raises(Unavailable, match="TOPIC_AUTHORIZATION_FAILED"):
        bus.produce([(RESULTS, "key", b"{}", {})])
    assert bus.list_topics() == {UPLOADS}


def test_intake_sees_the_topics_of_every_engine(kafka: SecuredKafka) -> None:
    bus = Bus(kafka.build_password_settings("pagebus-intake"), "intake", create_telemetry())

    assert {topic for topic in bus.list_topics() if topic.startswith(PAGES_PREFIX)} == {
        t for t in TOPICS if t.startswith(PAGES_PREFIX)
    }


def test_source_reads_commits_and_deletes_its_group(kafka: SecuredKafka) -> None:
    client = kafka.build_password_settings("pagebus-persistence")
    Bus(kafka.build_password_settings("pagebus-assembly"), "assembly", create_telemetry()).produce(
        [(OUTCOMES, "key", b"event", {})]
    )

    assert consume_first_record(client, OUTCOMES, "pagebus-persistence").topic() == OUTCOMES
    admin = AdminClient({**client, "log_level": 0})
    deleted = admin.delete_consumer_groups(["pagebus-persistence"])
    assert deleted["pagebus-persistence"].result(30) is None


@pytest.mark.parametrize(
    ("user", "topic", "group"),
    [
        ("pagebus-persistence", OUTCOMES, "another-group"),
        ("pagebus-intake", OUTCOMES, "pagebus-intake"),
    ],
)
def test_source_cannot_read_other_topics_or_groups(kafka: SecuredKafka, user: str, topic: str, group: str) -> None:
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        consume_first_record(kafka.build_password_settings(user), topic, group)


def test_wrong_password_is_rejected(kafka: SecuredKafka) -> None:
    client = {**kafka.build_password_settings("pagebus-intake"), "sasl.password": "guessed", "log_level": "0"}

    with pytest.raises(KafkaException):
        Producer(client).list_topics(timeout=3)
