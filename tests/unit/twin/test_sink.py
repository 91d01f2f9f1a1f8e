"""What a KafkaSink makes of a request."""

import asyncio

import pytest

from local.twin.sources.cloudevent import NoCloudEventError
from local.twin.sources.records import Request
from local.twin.sources.sink import Sinks, produced

CE = (("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t"))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_an_event_becomes_a_record_in_binary_mode_keyed_by_its_partitionkey() -> None:
    record = produced(Request((*CE, ("Content-Type", "a/b"), ("ce-partitionkey", "pk"), ("x-other", "no")), b"{}"))
    assert (record.key, record.value) == ("pk", b"{}")
    assert dict(record.headers) == {
        "ce_specversion": "1.0",
        "ce_id": "1",
        "ce_source": "/s",
        "ce_type": "t",
        "ce_partitionkey": "pk",
        "content-type": "a/b",
    }


def test_no_data_becomes_a_null_value() -> None:
    assert produced(Request(CE, b"")).value is None


def test_no_data_of_a_structured_sink_leaves_data_out() -> None:
    assert produced(Request(CE, b""), "structured").value == b'{"specversion":"1.0","id":"1","source":"/s","type":"t"}'


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/json", b'"data":{"a": 1'),  # not even JSON is looked into
        ("application/problem+json; charset=utf-8", b'"data":{"a": 1'),
        ("text/plain", b'"data_base64":"eyJhIjogMQ=="'),
    ],
)
def test_a_structured_sink_keeps_what_is_called_json_and_encodes_all_other(content_type: str, data: bytes) -> None:
    record = produced(
        Request((*CE, ("content-type", content_type), ("ce-partitionkey", "pk")), b'{"a": 1'), "structured"
    )
    start = f'{{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"{content_type}"'
    assert record.value == f'{start},"partitionkey":"pk",'.encode() + data + b"}"
    assert (record.key, record.headers) == ("pk", [("content-type", "application/cloudevents+json")])


def test_a_structured_event_is_unwrapped() -> None:
    body = b'{"specversion":"1.0","id":"2","type":"t","source":"/s","partitionkey":"pk2","data":{"a": 1}}'
    record = produced(Request((("content-type", "application/cloudevents+json"),), body))
    assert (record.key, record.value, dict(record.headers)["ce_id"]) == ("pk2", b'{"a":1}', "2")


def test_a_trace_goes_on_as_a_kafka_header() -> None:
    trace = dict(produced(Request((*CE, ("traceparent", TRACE)), b"")).headers)["traceparent"]
    assert isinstance(trace, str)
    assert trace[:36] == TRACE[:36]
    assert trace != TRACE


@pytest.mark.parametrize("missing", range(4))
def test_half_an_event_is_refused(missing: int) -> None:
    with pytest.raises(NoCloudEventError):
        produced(Request(CE[:missing] + CE[missing + 1 :], b""))


def test_an_unknown_sink_is_not_found() -> None:
    assert asyncio.run(Sinks([], "nowhere:1", lambda _: None).call("/default/none", Request(CE, b""))).status == 404
