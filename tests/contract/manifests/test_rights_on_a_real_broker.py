"""What the manifests allow is what a real Kafka lets each function do, logged in as functions and sources log in."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from events.topics import OUTCOMES, PAGES, RESULTS, UPLOADS
from functions.runtime.bus import Bus
from functions.runtime.errors import Unavailable
from tests.contract.manifests.built import everything, of, partitions
from tests.contract.manifests.secured_kafka import SecuredKafka, secured_kafka
from tests.fakes import telemetry
from tests.kit import eventually

USERS = of(everything(), "KafkaUser")
TOPICS = sorted(partitions(everything()))


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        broker.apply(TOPICS, USERS.values())
        yield broker


def allowed(user: str, kind: str, operation: str) -> set[str]:
    rules = USERS[user]["spec"]["authorization"]["acls"]
    return {
        one["resource"]["name"] for one in rules if one["resource"]["type"] == kind and operation in one["operations"]
    }


def written(client: dict[str, str]) -> set[str]:
    """The topics that take a record of this client, which is as careful as a function's."""
    said: dict[str, bool] = {}
    producer = Producer(
        {**client, "enable.idempotence": True, "acks": "all", "log_level": 0, "message.timeout.ms": 15_000}
    )
    for topic in TOPICS:
        producer.produce(
            topic, b"", on_delivery=lambda error, record: said.update({str(record.topic()): error is None})
        )
    assert producer.flush(30) == 0
    return {topic for topic, taken in said.items() if taken}


@pytest.mark.parametrize("user", sorted(USERS))
def test_a_function_writes_where_its_manifest_says_and_nowhere_else(kafka: SecuredKafka, user: str) -> None:
    assert written(kafka.by_password(user)) == allowed(user, "topic", "Write")


def test_a_certificate_is_as_good_as_a_password(kafka: SecuredKafka) -> None:
    assert written(kafka.by_certificate("pagebus-intake")) == allowed("pagebus-intake", "topic", "Write")


def test_the_functions_own_connection_gets_in_and_is_held_to_its_rights(kafka: SecuredKafka) -> None:
    bus = Bus(kafka.by_password("pagebus-gateway"), "gateway", telemetry())

    bus.produce([(UPLOADS, "key", b"{}", {})])
    with pytest.raises(Unavailable, match="TOPIC_AUTHORIZATION_FAILED"):
        bus.produce([(RESULTS, "key", b"{}", {})])
    assert bus.topics() == {UPLOADS}


def test_intake_sees_every_engine(kafka: SecuredKafka) -> None:
    bus = Bus(kafka.by_password("pagebus-intake"), "intake", telemetry())

    assert {topic for topic in bus.topics() if topic.startswith(PAGES)} == {t for t in TOPICS if t.startswith(PAGES)}


def consumed(client: dict[str, str], topic: str, group: str) -> Message:
    """The first record, committed as a source commits it."""
    consumer = Consumer({**client, "group.id": group, "auto.offset.reset": "earliest", "log_level": 0})
    try:
        consumer.subscribe([topic])
        record = eventually(lambda: consumer.poll(0.5), what=f"a record on {topic}")
        if record.error():
            raise KafkaException(record.error())
        consumer.commit(message=record, asynchronous=False)
        return record
    finally:
        consumer.close()


def test_a_source_reads_and_commits_in_its_group_and_can_be_removed(kafka: SecuredKafka) -> None:
    client = kafka.by_password("pagebus-persistence")
    Bus(kafka.by_password("pagebus-assembly"), "assembly", telemetry()).produce([(OUTCOMES, "key", b"said", {})])

    assert consumed(client, OUTCOMES, "pagebus-persistence").topic() == OUTCOMES
    admin = AdminClient({**client, "log_level": 0})
    removed = admin.delete_consumer_groups(["pagebus-persistence"])
    assert removed["pagebus-persistence"].result(30) is None


@pytest.mark.parametrize(
    ("user", "topic", "group"),
    [
        ("pagebus-persistence", OUTCOMES, f"another-{uuid4()}"),
        ("pagebus-intake", OUTCOMES, "pagebus-intake"),
    ],
)
def test_a_source_reads_nothing_else_and_in_no_other_group(
    kafka: SecuredKafka, user: str, topic: str, group: str
) -> None:
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        consumed(kafka.by_password(user), topic, group)


def test_a_stranger_does_not_get_in(kafka: SecuredKafka) -> None:
    client = {**kafka.by_password("pagebus-intake"), "sasl.password": "guessed", "log_level": "0"}

    with pytest.raises(KafkaException):
        Producer(client).list_topics(timeout=3)
