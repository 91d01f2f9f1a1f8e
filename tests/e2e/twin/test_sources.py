"""Sources of the twin with a real broker and real processes."""

import base64

from confluent_kafka import Consumer, TopicPartition

from tests.e2e.twin.rig import Rig, wait_until


def test_ordered_source_keeps_partition_order(rig: Rig) -> None:
    rig.add_service(annotations={"max-scale": "3"})
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    for number in range(40):
        rig.produce("pages", {"n": number, "work": 0.01}, event=str(number), partition=number % 2)
    wait_until(lambda: len(rig.list_numbers()) == 40, "all events arrive")
    for partition in (0, 1):
        arrived = [number for number in rig.list_numbers("arrived") if number % 2 == partition]
        assert arrived == sorted(arrived)


def test_state_shows_when_partitions_are_assigned(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    wait_until(lambda: rig.load_state()["sources"][0]["is_assigned"], "the partitions are assigned")


def test_latest_source_gets_all_records_after_start(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("nobodys", initialOffset="latest")
    rig.start()
    rig.produce("nobodys", {"n": 1}, event="one")
    wait_until(lambda: rig.list_numbers() == [1], "the event arrives")


def test_unordered_source_delivers_past_a_slow_record(rig: Rig) -> None:
    rig.add_service(annotations={"min-scale": "2"})
    rig.add_source("pages", ordering="unordered")
    rig.add_topic("pages")
    rig.start()
    wait_until(lambda: rig.load_function()["ready"] == 2, "two replicas")
    rig.produce("pages", {"n": 0, "work": 2}, event="slow")
    rig.produce("pages", {"n": 1}, event="quick")
    wait_until(lambda: rig.list_numbers() == [1, 0], "the quick one ends first")


def test_temporary_failure_is_retried(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [503, 429, 204]}, event="one")
    wait_until(lambda: rig.list_numbers() == [1, 1, 1], "the third attempt")
    wait_until(lambda: rig.load_state()["sources"][0]["retries"] == 2, "two retries are counted")
    assert rig.load_state()["sources"][0]["dead_letters"] == 0


def test_permanent_failure_becomes_a_dead_letter(rig: Rig) -> None:
    rig.add_service()
    rig.add_sink("dead", "dead-letters")
    rig.add_topic("pages")
    rig.add_topic("dead-letters")
    delivery = {"deadLetterSink": {"ref": _build_reference("eventing.knative.dev/v1alpha1", "KafkaSink", "dead")}}
    rig.add_source("pages", delivery=delivery)
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [422], "body": "unusable"}, event="one")
    wait_until(lambda: rig.load_state()["sources"][0]["dead_letters"] == 1, "the dead letter is counted")
    headers = _read_first_headers(rig, "dead-letters")
    assert headers["ce_id"] == "one"
    assert headers["ce_knativeerrordest"] == "http://recorder.default.svc.cluster.local"
    assert headers["ce_knativeerrorcode"] == "422"
    assert base64.b64decode(headers["ce_knativeerrordata"]) == b"unusable"


def test_raw_record_is_wrapped_in_an_event(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("uploads")
    rig.add_topic("uploads")
    rig.start()
    rig.produce("uploads", {"n": 1, "Records": []}, partition=3)
    wait_until(lambda: rig.list_numbers() == [1], "the record arrives")
    headers = rig.list_requests()[0]["headers"]
    assert (headers["ce-id"], headers["ce-type"]) == ("partition:3/offset:0", "dev.knative.kafka.event")
    assert (headers["prefer"], headers["kn-namespace"]) == ("reply", "default")


def test_done_events_are_not_delivered_after_restart(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    wait_until(lambda: rig.list_requests("arrived"), "the event arrives")
    assert rig.end() == 0
    rig.start()
    rig.produce("pages", {"n": 2}, event="two")
    wait_until(lambda: 2 in rig.list_numbers(), "the next event is done")
    assert rig.list_numbers() == [1, 2]


def test_records_deleted_by_the_broker_are_counted_as_lost(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 0}, event="read")
    wait_until(lambda: rig.list_numbers() == [0], "the first event is done")
    assert rig.end() == 0
    # The mock broker of librdkafka keeps about 5 MB of a partition.
    for number in range(1, 21):
        rig.produce("pages", {"n": number, "body": "x" * 500_000}, event=str(number))
    rig.start()
    wait_until(lambda: rig.list_numbers()[-1] == 20, "what is left arrives")
    assert rig.load_state()["sources"][0]["lost"] == 21 - len(set(rig.list_numbers())) > 0


def _build_reference(version: str, kind: str, name: str) -> dict[str, str]:
    return {"apiVersion": version, "kind": kind, "name": name}


def _read_first_headers(rig: Rig, topic: str) -> dict[str, str]:
    consumer = Consumer({"bootstrap.servers": rig.servers, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(4)])
    message = wait_until(lambda: consumer.poll(0.1), "a dead letter")
    consumer.close()
    return {name: value.decode() for name, value in message.headers()}
