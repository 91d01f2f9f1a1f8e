"""Sources of the twin: from a real broker to real processes."""

import base64

from confluent_kafka import Consumer, TopicPartition

from tests.e2e.twin.rig import Rig, until


def test_an_ordered_source_keeps_the_order_of_each_partition(rig: Rig) -> None:
    rig.service(annotations={"max-scale": "3"})
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    for number in range(40):
        rig.produce("pages", {"n": number, "work": 0.01}, event=str(number), partition=number % 2)
    until(lambda: len(rig.numbers()) == 40, "all events arrive")
    for partition in (0, 1):
        arrived = [number for number in rig.numbers("arrived") if number % 2 == partition]
        assert arrived == sorted(arrived)


def test_a_source_tells_when_it_has_its_partitions(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    until(lambda: rig.state()["sources"][0]["assigned"], "the partitions are assigned")


def test_a_source_of_the_latest_misses_nothing_that_comes_once_the_twin_is_up(rig: Rig) -> None:
    rig.service()
    rig.source("nobodys", initialOffset="latest")
    rig.start()
    rig.produce("nobodys", {"n": 1}, event="one")
    until(lambda: rig.numbers() == [1], "the event arrives")


def test_an_unordered_source_delivers_beside_a_slow_record(rig: Rig) -> None:
    rig.service(annotations={"min-scale": "2"})
    rig.source("pages", ordering="unordered")
    rig.topic("pages")
    rig.start()
    until(lambda: rig.function()["ready"] == 2, "two replicas")
    rig.produce("pages", {"n": 0, "work": 2}, event="slow")
    rig.produce("pages", {"n": 1}, event="quick")
    until(lambda: rig.numbers() == [1, 0], "the quick one ends first")


def test_what_may_pass_is_tried_again(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [503, 429, 204]}, event="one")
    until(lambda: rig.numbers() == [1, 1, 1], "the third attempt")
    until(lambda: rig.state()["sources"][0]["retries"] == 2, "two retries are counted")
    assert rig.state()["sources"][0]["dead_letters"] == 0


def test_what_cannot_pass_becomes_a_dead_letter_with_what_it_met(rig: Rig) -> None:
    rig.service()
    rig.sink("dead", "dead-letters")
    rig.topic("pages")
    rig.topic("dead-letters")
    delivery = {"deadLetterSink": {"ref": _ref("eventing.knative.dev/v1alpha1", "KafkaSink", "dead")}}
    rig.source("pages", delivery=delivery)
    rig.start()
    rig.produce("pages", {"n": 1, "answers": [422], "body": "unusable"}, event="one")
    until(lambda: rig.state()["sources"][0]["dead_letters"] == 1, "the dead letter is counted")
    headers = _first_headers(rig, "dead-letters")
    assert headers["ce_id"] == "one"
    assert headers["ce_knativeerrordest"] == "http://recorder.default.svc.cluster.local"
    assert headers["ce_knativeerrorcode"] == "422"
    assert base64.b64decode(headers["ce_knativeerrordata"]) == b"unusable"


def test_a_raw_record_arrives_wrapped(rig: Rig) -> None:
    rig.service()
    rig.source("uploads")
    rig.topic("uploads")
    rig.start()
    rig.produce("uploads", {"n": 1, "Records": []}, partition=3)
    until(lambda: rig.numbers() == [1], "the record arrives")
    headers = rig.requests()[0]["headers"]
    assert (headers["ce-id"], headers["ce-type"]) == ("partition:3/offset:0", "dev.knative.kafka.event")
    assert (headers["prefer"], headers["kn-namespace"]) == ("reply", "default")


def test_what_was_done_before_an_orderly_end_is_not_delivered_again(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    until(lambda: rig.requests("arrived"), "the event arrives")
    assert rig.end() == 0
    rig.start()
    rig.produce("pages", {"n": 2}, event="two")
    until(lambda: 2 in rig.numbers(), "the next event is done")
    assert rig.numbers() == [1, 2]


def test_unread_records_that_the_broker_drops_are_counted_as_lost(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 0}, event="read")
    until(lambda: rig.numbers() == [0], "the first event is done")
    assert rig.end() == 0
    # librdkafka's own broker keeps about 5 MB of a partition.
    for number in range(1, 21):
        rig.produce("pages", {"n": number, "body": "x" * 500_000}, event=str(number))
    rig.start()
    until(lambda: rig.numbers()[-1] == 20, "what is left arrives")
    assert rig.state()["sources"][0]["lost"] == 21 - len(set(rig.numbers())) > 0


def _ref(version: str, kind: str, name: str) -> dict[str, str]:
    return {"apiVersion": version, "kind": kind, "name": name}


def _first_headers(rig: Rig, topic: str) -> dict[str, str]:
    consumer = Consumer({"bootstrap.servers": rig.servers, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(4)])
    message = until(lambda: consumer.poll(0.1), "a dead letter")
    consumer.close()
    return {name: value.decode() for name, value in message.headers()}
