"""A function of ten lines under `pagebus up --manifests` gets a thousand records of every kind, as on a cluster."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluent_kafka import Producer

from tests.e2e.twin.mixed import KINDS, TRACE, Case, Place, expected
from tests.kit import Running, eventually, running

PARTITIONS, EACH = 4, 250
FUNCTION = Path(__file__).with_name("ten_lines.py")
NAME, TOPIC = "ten-lines", "mixed"
#: What a request says beside the event: of the way that it came, and of HTTP.
OF_THE_WAY = ("host", "user-agent", "content-length", "forwarded", "x-", "k-proxy-request", "accept-encoding")

Cases = dict[tuple[int, int], tuple[Place, Case]]


def manifests(folder: Path) -> Path:
    container = {"image": "none", "command": ["python", str(FUNCTION)]}
    annotations = {"autoscaling.knative.dev/max-scale": "1"}
    template = {"metadata": {"annotations": annotations}, "spec": {"containers": [container]}}
    source = {
        "topics": [TOPIC],
        "bootstrapServers": ["replaced:9092"],
        "consumerGroup": NAME,
        "consumers": PARTITIONS,
        "initialOffset": "earliest",
        "ordering": "ordered",
        "delivery": {"retry": 0, "timeout": "PT30S"},
        "sink": {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": NAME}},
    }
    resources = [
        resource("serving.knative.dev/v1", "Service", NAME, {"template": template}),
        resource("sources.knative.dev/v1", "KafkaSource", NAME, source),
        resource("kafka.strimzi.io/v1", "KafkaTopic", TOPIC, {"partitions": PARTITIONS}),
    ]
    (folder / "function.yaml").write_text(yaml.safe_dump_all(resources))
    return folder


def resource(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.fixture(scope="module")
def cases() -> Cases:
    """A thousand records by partition and offset, every kind in every partition."""
    now = int(time.time() * 1000)
    places = [
        Place(NAME, TOPIC, partition, offset, now + 5 * offset)
        for offset in range(EACH)
        for partition in range(PARTITIONS)
    ]
    return {
        (place.partition, place.offset): (place, KINDS[(place.offset + place.partition) % len(KINDS)](place))
        for place in places
    }


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = manifests(tmp_path_factory.mktemp("manifests"))
    with running(tmp_path_factory.mktemp("home"), "embedded", (folder,)) as there:
        yield there


@pytest.fixture(scope="module")
def requests(up: Running, cases: Cases) -> list[dict[str, Any]]:
    """What the function got of them, in the order in which it came."""
    producer = Producer({"bootstrap.servers": up.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 0})
    for place, case in cases.values():
        headers: list[tuple[str, str | bytes | None]] = list(case.headers.items())
        producer.produce(TOPIC, case.value, case.key, place.partition, headers=headers, timestamp=place.timestamp)
    assert producer.flush(30) == 0
    arriving = sum(case.attributes is not None for _, case in cases.values())
    return eventually(lambda: told if len(told := told_by(up)) >= arriving else None, what=f"{arriving} requests")


def told_by(up: Running) -> list[dict[str, Any]]:
    lines = [line for log in (up.home / "logs").glob(f"{NAME}-*.log") for line in log.read_text().splitlines()]
    return [
        {"headers": {name.lower(): text for name, text in told["headers"]}, "body": bytes.fromhex(told["body"])}
        for told in map(json.loads, lines)
    ]


def place_of(request: dict[str, Any]) -> tuple[int, int]:
    headers = request["headers"]
    return int(headers["ce-knativekafkapartition"]), int(headers["ce-knativekafkaoffset"])


def test_each_partition_keeps_its_order_and_nothing_comes_twice(requests: list[dict[str, Any]], cases: Cases) -> None:
    for partition in range(PARTITIONS):
        arrived = [offset for number, offset in map(place_of, requests) if number == partition]
        assert arrived == [
            offset
            for (number, offset), (_, case) in cases.items()
            if number == partition and case.attributes is not None
        ]


def test_every_record_has_every_attribute_that_a_cluster_would_give_it_and_no_other(
    requests: list[dict[str, Any]], cases: Cases
) -> None:
    for request in requests:
        place, case = cases[place_of(request)]
        told = {name: text for name, text in request["headers"].items() if not name.startswith(OF_THE_WAY)}
        wanted = expected(case, place)
        assert another_span(told.pop("traceparent", None), wanted.pop("traceparent", None))
        assert (told, request["body"]) == (wanted, case.body)


def another_span(told: str | None, came: str | None) -> bool:
    """Whether the dispatcher has made a new span of the same trace, or none where none came."""
    if told is None or came is None:
        return told is came
    of_trace, of_flags = slice(0, 36), slice(52, None)
    return (told[of_trace], told[of_flags]) == (TRACE[of_trace], TRACE[of_flags]) and told != came


def test_what_a_cluster_loses_without_a_trace_is_lost_and_counted(
    up: Running, requests: list[dict[str, Any]], cases: Cases
) -> None:
    lost = {place for place, (_, case) in cases.items() if case.attributes is None}

    assert lost
    assert lost == cases.keys() - set(map(place_of, requests))
    eventually(lambda: up.state()["sources"][0]["lost"] == len(lost), what=f"{len(lost)} lost records in the count")
