"""A thousand records of all kinds, delivered to a small function by `pagebus up --manifests` as on a cluster."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluent_kafka import Producer

from tests.e2e.twin.mixed import KINDS, TRACE, Case, Place, build_expected_headers
from tests.kit import PagebusStack, run_stack, wait_for

PARTITIONS, EACH = 4, 250
FUNCTION = Path(__file__).with_name("ten_lines.py")
NAME, TOPIC = "ten-lines", "mixed"
#: Prefixes of headers that do not belong to the event: those of proxies and of HTTP.
TRANSPORT_HEADERS = ("host", "user-agent", "content-length", "forwarded", "x-", "k-proxy-request", "accept-encoding")

Cases = dict[tuple[int, int], tuple[Place, Case]]


def write_manifests(folder: Path) -> Path:
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
        build_resource("serving.knative.dev/v1", "Service", NAME, {"template": template}),
        build_resource("sources.knative.dev/v1", "KafkaSource", NAME, source),
        build_resource("kafka.strimzi.io/v1", "KafkaTopic", TOPIC, {"partitions": PARTITIONS}),
    ]
    (folder / "function.yaml").write_text(yaml.safe_dump_all(resources))
    return folder


def build_resource(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.fixture(scope="module")
def cases() -> Cases:
    """Return a thousand records by partition and offset, with every kind in every partition."""
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
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagebusStack]:
    folder = write_manifests(tmp_path_factory.mktemp("manifests"))
    with run_stack(tmp_path_factory.mktemp("home"), "embedded", (folder,)) as stack:
        yield stack


@pytest.fixture(scope="module")
def requests(up: PagebusStack, cases: Cases) -> list[dict[str, Any]]:
    """Return the requests at the function, in the order of arrival."""
    producer = Producer({"bootstrap.servers": up.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 0})
    for place, case in cases.values():
        headers: list[tuple[str, str | bytes | None]] = list(case.headers.items())
        producer.produce(TOPIC, case.value, case.key, place.partition, headers=headers, timestamp=place.timestamp)
    assert producer.flush(30) == 0
    arriving = sum(case.attributes is not None for _, case in cases.values())
    return wait_for(lambda: told if len(told := load_requests(up)) >= arriving else None, what=f"{arriving} requests")


def load_requests(up: PagebusStack) -> list[dict[str, Any]]:
    lines = [line for log in (up.home / "logs").glob(f"{NAME}-*.log") for line in log.read_text().splitlines()]
    return [
        {"headers": {name.lower(): text for name, text in told["headers"]}, "body": bytes.fromhex(told["body"])}
        for told in map(json.loads, lines)
    ]


def get_place(request: dict[str, Any]) -> tuple[int, int]:
    headers = request["headers"]
    return int(headers["ce-knativekafkapartition"]), int(headers["ce-knativekafkaoffset"])


def test_each_partition_is_delivered_once_in_order(requests: list[dict[str, Any]], cases: Cases) -> None:
    for partition in range(PARTITIONS):
        arrived = [offset for number, offset in map(get_place, requests) if number == partition]
        assert arrived == [
            offset
            for (number, offset), (_, case) in cases.items()
            if number == partition and case.attributes is not None
        ]


def test_requests_have_exactly_the_attributes_of_a_cluster(requests: list[dict[str, Any]], cases: Cases) -> None:
    for request in requests:
        place, case = cases[get_place(request)]
        told = {name: text for name, text in request["headers"].items() if not name.startswith(TRANSPORT_HEADERS)}
        expected = build_expected_headers(case, place)
        assert has_new_span(told.pop("traceparent", None), expected.pop("traceparent", None))
        assert (told, request["body"]) == (expected, case.body)


def has_new_span(told: str | None, sent: str | None) -> bool:
    """Return whether the request has a new span of the record's trace, or none if the record has no trace."""
    if told is None or sent is None:
        return told is sent
    of_trace, of_flags = slice(0, 36), slice(52, None)
    return (told[of_trace], told[of_flags]) == (TRACE[of_trace], TRACE[of_flags]) and told != sent


def test_records_that_a_cluster_loses_are_counted(
    up: PagebusStack, requests: list[dict[str, Any]], cases: Cases
) -> None:
    lost = {place for place, (_, case) in cases.items() if case.attributes is None}

    assert lost
    assert lost == cases.keys() - set(map(get_place, requests))
    wait_for(lambda: up.get_state()["sources"][0]["lost"] == len(lost), what=f"{len(lost)} lost records in the count")
