"""The twin against a real broker and real processes."""

import base64
import http.client
import os
import signal
import urllib.request
from urllib.error import HTTPError

import pytest
from confluent_kafka import Consumer, TopicPartition

from local.twin.mesh import SINK_INGRESS
from tests.e2e.twin.rig import Rig, until


def test_an_event_wakes_a_function_from_zero_and_silence_puts_it_to_sleep(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    assert rig.function()["desired"] == 0
    rig.produce("pages", {"n": 1}, event="one")
    until(lambda: rig.numbers() == [1], "the event arrives")
    (request,) = rig.requests()
    assert request["environment"] == {"K_SERVICE": "recorder", "K_REVISION": "recorder-00001", "GREETING": None}
    until(lambda: (rig.function()["desired"], rig.function()["ready"]) == (0, 0), "back to zero")
    assert [(change["from"], change["to"]) for change in rig.state()["scaled"]] == [(0, 1), (1, 0)]


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


def test_a_replica_that_is_killed_at_work_is_replaced_and_its_event_comes_again(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    until(lambda: rig.requests("arrived"), "the event arrives")
    os.kill(rig.requests("arrived")[0]["pid"], signal.SIGKILL)
    until(lambda: rig.numbers() == [1], "the event is done")
    first, second = rig.requests("arrived")
    assert first["pid"] != second["pid"]


def test_a_replica_that_is_no_longer_alive_is_replaced(rig: Rig) -> None:
    rig.service(annotations={"min-scale": "1"}, livenessProbe={"httpGet": {"path": "/alive"}, "periodSeconds": 1})
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1}, event="one")
    until(lambda: rig.numbers() == [1], "the first event is done")
    stuck = rig.folder / "recorder.stuck"
    stuck.touch()
    first = rig.requests()[0]["pid"]
    until(lambda: not _lives(first), "the stuck replica is ended")
    stuck.unlink()
    rig.produce("pages", {"n": 2}, event="two")
    until(lambda: rig.numbers() == [1, 2], "another replica does the next event")


def test_a_twin_that_is_killed_leaves_nothing_running_and_delivers_again(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    rig.produce("pages", {"n": 2}, event="two")
    until(lambda: rig.requests("arrived"), "the first event arrives")
    replica = rig.requests("arrived")[0]["pid"]
    port = rig.told()["urls"]["recorder"]
    rig.kill()
    until(lambda: not _lives(replica), "the replica ends with its twin")
    rig.start()
    until(lambda: rig.numbers() == [1, 2], "both events are done")
    assert rig.told()["urls"]["recorder"] == port


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


def test_a_public_service_answers_from_zero_at_its_own_port(rig: Rig) -> None:
    rig.service()
    rig.start()
    with urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20) as answer:  # noqa: S310  # our loopback
        assert answer.read() == b"ready"


def test_a_request_that_nothing_answers_in_time_gets_a_504(rig: Rig) -> None:
    rig.service(command=["sleep", "60"], timeout=1)
    rig.start()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20)  # noqa: S310  # our loopback
    with refused.value as answer:
        assert (answer.code, answer.read()) == (504, b"activator request timeout")


def test_a_replica_that_closes_without_an_answer_makes_a_502(rig: Rig) -> None:
    closes = "import os, socket; s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\nwhile 1: s.accept()"
    rig.service(command=["python", "-c", closes], readinessProbe={"tcpSocket": {}})
    rig.start()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20)  # noqa: S310  # our loopback
    with refused.value as answer:
        assert answer.code == 502


@pytest.mark.parametrize(
    ("method", "path", "event", "status"),
    [
        pytest.param("POST", "/default/dead", "one", 202, id="an event"),
        pytest.param("POST", "/default/dead", None, 400, id="no event"),
        pytest.param("PUT", "/default/dead", "one", 405, id="another method"),
        pytest.param("POST", "/default/other", "one", 404, id="another sink"),
    ],
)
def test_a_sink_answers_at_the_clusters_address(
    rig: Rig, method: str, path: str, event: str | None, status: int
) -> None:
    rig.sink("dead", "dead-letters")
    rig.start()
    headers = {"Host": SINK_INGRESS}
    headers |= {"ce-id": event, "ce-specversion": "1.0", "ce-type": "t", "ce-source": "/s"} if event else {}
    address = rig.told()["urls"]["cluster"].removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request(method, path, b"{}", headers)
    assert connection.getresponse().status == status
    connection.close()


def test_a_program_that_knows_nothing_of_pagebus_runs(rig: Rig) -> None:
    rig.service(command=["python", "-m", "http.server", "--bind", "127.0.0.1", "$(PORT)"], workingDir=str(rig.folder))
    rig.start()
    with urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20) as answer:  # noqa: S310  # our loopback
        assert b"manifests/" in answer.read()


def test_an_unknown_field_is_refused_with_its_file_and_name(rig: Rig) -> None:
    rig.service(lifecycle={})
    told = rig.refused()
    assert f"{rig.manifests / 'Service-recorder.yaml'}: Service recorder: " in told
    assert "spec.template.spec.containers.0.lifecycle: the twin does not know this field" in told


def _ref(version: str, kind: str, name: str) -> dict[str, str]:
    return {"apiVersion": version, "kind": kind, "name": name}


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _first_headers(rig: Rig, topic: str) -> dict[str, str]:
    consumer = Consumer({"bootstrap.servers": rig.servers, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(4)])
    message = until(lambda: consumer.poll(0.1), "a dead letter")
    consumer.close()
    return {name: value.decode() for name, value in message.headers()}
