"""Records of a KafkaSink."""

import asyncio

import pytest

from local.twin.sources.cloudevent import InvalidCloudEventError
from local.twin.sources.records import DeliveryRequest
from local.twin.sources.sink import KafkaSinks, build_record

CE = (("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t"))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_event_becomes_a_record_keyed_by_partitionkey() -> None:
    record = build_record(
        DeliveryRequest((*CE, ("Content-Type", "a/b"), ("ce-partitionkey", "pk"), ("x-other", "no")), b"{}")
    )
    assert (record.key, record.value) == ("pk", b"{}")
    assert dict(record.headers) == {
        "ce_specversion": "1.0",
        "ce_id": "1",
        "ce_source": "/s",
        "ce_type": "t",
        "ce_partitionkey": "pk",
        "content-type": "a/b",
    }


def test_event_without_data_has_a_null_value() -> None:
    assert build_record(DeliveryRequest(CE, b"")).value is None


def test_structured_record_without_data_has_no_data_member() -> None:
    assert (
        build_record(DeliveryRequest(CE, b""), "structured").value
        == b'{"specversion":"1.0","id":"1","source":"/s","type":"t"}'
    )


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/json", b'"data":{"a": 1'),  # not even JSON is looked into
        ("application/problem+json; charset=utf-8", b'"data":{"a": 1'),
        ("text/plain", b'"data_base64":"eyJhIjogMQ=="'),
    ],
)
def test_structured_record_keeps_json_and_encodes_other_data(content_type: str, data: bytes) -> None:
    record = build_record(
        DeliveryRequest((*CE, ("content-type", content_type), ("ce-partitionkey", "pk")), b'{"a": 1'), "structured"
    )
    start = f'{{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"{content_type}"'
    assert record.value == f'{start},"partitionkey":"pk",'.encode() + data + b"}"
    assert (record.key, record.headers) == ("pk", [("content-type", "application/cloudevents+json")])


def test_structured_event_becomes_a_binary_record() -> None:
    body = b'{"specversion":"1.0","id":"2","type":"t","source":"/s","partitionkey":"pk2","data":{"a": 1}}'
    record = build_record(DeliveryRequest((("content-type", "application/cloudevents+json"),), body))
    assert (record.key, record.value, dict(record.headers)["ce_id"]) == ("pk2", b'{"a":1}', "2")


def test_trace_continues_in_a_kafka_header() -> None:
    trace = dict(build_record(DeliveryRequest((*CE, ("traceparent", TRACE)), b"")).headers)["traceparent"]
    assert isinstance(trace, str)
    assert trace[:36] == TRACE[:36]
    assert trace != TRACE


@pytest.mark.parametrize("missing", range(4))
def test_incomplete_event_is_refused(missing: int) -> None:
    with pytest.raises(InvalidCloudEventError):
        build_record(DeliveryRequest(CE[:missing] + CE[missing + 1 :], b""))


def test_unknown_sink_is_a_404() -> None:
    assert (
        asyncio.run(KafkaSinks([], "nowhere:1", lambda _: None).call("/default/none", DeliveryRequest(CE, b""))).status
        == 404
    )
