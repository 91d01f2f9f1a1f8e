"""Requests of records, as observed from a real KafkaSource (dispatcher 0.49.2)."""

import pytest

from local.twin.http_client import build_wire_headers, encode_latin1
from local.twin.sources.cloudevent import STRUCTURED_CONTENT_TYPE
from local.twin.sources.records import Record, SourceIdentity, build_request, find_lost_records

ORIGIN = SourceIdentity("src", "default")
CE: dict[str, str | None] = {"ce_specversion": "1.0", "ce_id": "id-1", "ce_type": "test.type", "ce_source": "/test/src"}
JSON: dict[str, str | None] = {"content-type": "application/json"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def record(headers: dict[str, str | None], value: bytes | None = b"{}", key: bytes | None = b"k") -> Record:
    wire = tuple((name, None if text is None else text.encode()) for name, text in headers.items())
    return Record("t", 2, 7, 1795329001490, key, value, wire)


def build_headers(
    headers: dict[str, str | None], value: bytes | None = b"{}", key: bytes | None = b"k"
) -> dict[str, str]:
    return dict(build_request(record(headers, value, key), ORIGIN).headers)


def test_cloudevent_keeps_attributes_and_gets_partition_and_offset() -> None:
    *ordered, one, other = build_request(record({**CE, **JSON}), ORIGIN).headers
    assert ordered == [
        ("user-agent", "Vert.x-WebClient/4.5.21"),
        ("Prefer", "reply"),
        ("Kn-Namespace", "default"),
        ("ce-specversion", "1.0"),
        ("ce-id", "id-1"),
        ("ce-source", "/test/src"),
        ("ce-type", "test.type"),
        ("content-type", "application/json"),
    ]
    assert {one, other} == {("ce-knativekafkapartition", "2"), ("ce-knativekafkaoffset", "7")}


def test_raw_record_is_wrapped_in_an_event() -> None:
    assert build_headers({"X-Custom_1.b": "w"}, b'{"a": 1}') == {
        "user-agent": "Vert.x-WebClient/4.5.21",
        "Prefer": "reply",
        "Kn-Namespace": "default",
        "ce-specversion": "1.0",
        "ce-id": "partition:2/offset:7",
        "ce-source": "/apis/v1/namespaces/default/kafkasources/src#t",
        "ce-type": "dev.knative.kafka.event",
        "ce-subject": "partition:2#7",
        "ce-time": "2026-11-22T06:30:01.49Z",
        "ce-kafkaheaderxcustom1b": "w",
        "ce-partitionkey": "k",
        "ce-key": "k",
        "ce-knativekafkapartition": "2",
        "ce-knativekafkaoffset": "7",
    }


def test_raw_record_keeps_bytes_and_content_type() -> None:
    found = build_request(record({"Content-Type": "application/json"}, b'{ "b":2 }', None), ORIGIN)
    assert found.body == b'{ "b":2 }'
    assert dict(found.headers)["content-type"] == "application/json"
    assert "ce-key" not in dict(found.headers)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({name: text for name, text in CE.items() if name != "ce_id"}, id="without id"),
        pytest.param({**CE, "ce_specversion": "2.0"}, id="of an unknown version"),
        pytest.param({**CE, "ce_time": "yesterday"}, id="with a broken time"),
        pytest.param({**CE, "ce_source": "/a b"}, id="with a blank in its source"),
        pytest.param({**CE, "ce_MyExt": "A"}, id="with an upper-case extension"),
        pytest.param({name.upper(): text for name, text in CE.items()}, id="in upper case"),
    ],
)
def test_incomplete_cloudevent_is_wrapped_as_raw(headers: dict[str, str | None]) -> None:
    assert build_headers(headers)["ce-type"] == "dev.knative.kafka.event"


def test_empty_attribute_counts_as_present() -> None:
    assert build_headers({**CE, "ce_type": ""})["ce-type"] == ""


def test_structured_event_is_sent_in_binary_mode() -> None:
    body = b'{"specversion":"1.0","id":"s","type":"t","source":"/s","iext":7,"bext":true,"data": { "z": 1, "e": 1e3 }}'
    found = build_request(record({**CE, "content-type": STRUCTURED_CONTENT_TYPE + "; charset=utf-8"}, body), ORIGIN)
    headers = dict(found.headers)
    assert found.body == b'{"z":1,"e":1000.0}'
    assert (headers["ce-id"], headers["content-type"]) == ("s", "application/json")
    assert (headers["ce-iext"], headers["ce-bext"]) == ("7", "true")


@pytest.mark.parametrize(
    ("rest", "data", "content_type"),
    [
        ('"data": null', b"null", "application/json"),
        ('"datacontenttype": "text/plain", "data": "gr\u00fc\u00df"', "gr\u00fc\u00df".encode(), "text/plain"),
        ('"datacontenttype": "application/json", "data": "str"', b'"str"', "application/json"),
        ('"datacontenttype": "a/b", "data_base64": "AAE="', b"\0\1", "a/b"),
        ('"x": "y"', None, None),
    ],
)
def test_structured_data_keeps_its_meaning(rest: str, data: bytes | None, content_type: str | None) -> None:
    body = f'{{"specversion":"1.0","id":"s","type":"t","source":"/s",{rest}}}'.encode()
    found = build_request(record({"content-type": STRUCTURED_CONTENT_TYPE}, body), ORIGIN)
    assert (found.body, dict(found.headers).get("content-type")) == (data, content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"[1]",
        b"",
        None,
        b'{"specversion":1.0,"id":"q","source":"/s","type":"t"}',
        b'{"specversion":"1.0","id":"q","source":"/s","type":"t","data":"\\ud800"}',
        b'{"specversion":"1.0","id":"\\ud800","source":"/s","type":"t"}',
        b"[" * 100_000,
    ],
    ids=["list", "empty", "nothing", "number for text", "half a pair in data", "half a pair in the id", "too deep"],
)
def test_invalid_structured_event_is_wrapped_with_content_type(body: bytes | None) -> None:
    found = build_request(record({"content-type": STRUCTURED_CONTENT_TYPE}, body), ORIGIN)
    assert dict(found.headers)["ce-type"] == "dev.knative.kafka.event"
    assert (found.body, dict(found.headers)["content-type"]) == (body, STRUCTURED_CONTENT_TYPE)


def test_trace_continues_with_a_new_span() -> None:
    found = build_headers({**CE, "traceparent": TRACE, "tracestate": "vendor=x", "baggage": "a=b"})
    assert found["traceparent"][:36] == TRACE[:36]
    assert found["traceparent"][36:52] != TRACE[36:52]
    assert (found["tracestate"], found["baggage"]) == ("vendor=x", "a=b")


@pytest.mark.parametrize("headers", [{}, {"traceparent": "nonsense"}, {"tracestate": "a=b"}, {"ce_traceparent": TRACE}])
def test_invalid_traceparent_is_dropped(headers: dict[str, str | None]) -> None:
    assert not {"traceparent", "tracestate"} & build_headers({**CE, **headers}).keys()


def test_overrides_replace_extensions_of_the_event() -> None:
    origin = SourceIdentity("src", "default", overrides={"myext": "forced"})
    assert dict(build_request(record({**CE, "ce_myext": "own"}), origin).headers)["ce-myext"] == "forced"


def test_raw_key_is_decoded_by_its_type() -> None:
    found = dict(build_request(record({}, key=b"\0\0\0\x2a"), SourceIdentity("src", "default", "int")).headers)
    assert (found["ce-key"], found["ce-partitionkey"]) == ("42", "42")


def test_time_loses_only_trailing_zeros() -> None:
    assert build_headers({**CE, "ce_time": "2026-08-01T10:00:00.500Z"})["ce-time"] == "2026-08-01T10:00:00.5Z"
    assert build_headers({**CE, "ce_time": "2026-08-01T10:00:00+02:00"})["ce-time"] == "2026-08-01T10:00:00+02:00"


@pytest.mark.parametrize(
    ("timestamp", "time"),
    [
        pytest.param(-1, "1969-12-31T23:59:59.999Z", id="none"),
        pytest.param(1_795_329_001_490_000, "+58861-09-16T20:24:50Z", id="in microseconds"),
        pytest.param(253_402_300_800_000, "+10000-01-01T00:00:00Z", id="after Python's last"),
    ],
)
def test_any_timestamp_becomes_a_valid_time(timestamp: int, time: str) -> None:
    odd = Record("t", 2, 7, timestamp, None, b"{}")
    assert dict(build_request(odd, ORIGIN).headers)["ce-time"] == time


def test_raw_header_without_value_loses_raw_records_of_the_poll() -> None:
    raw, poisoned, event = record({"h": ""}), record({"h": None}), record(CE)
    assert find_lost_records([raw, poisoned, event]) == [raw, poisoned]


def test_event_header_without_value_loses_nothing() -> None:
    assert find_lost_records([record({}), record({**CE, "h": None})]) == []


def test_characters_outside_latin_1_become_question_marks() -> None:
    assert encode_latin1("n\u00e4h \u6587 \U0001f600 ") == b"n\xe4h ? ?? "


def test_trace_headers_come_last_and_missing_body_has_no_length() -> None:
    wire = [
        name for name, _ in build_wire_headers("x:1", build_request(record({**CE, "traceparent": TRACE}, b""), ORIGIN))
    ]
    assert b"content-length" not in wire
    assert wire[-2:] == [b"host", b"traceparent"]


def test_empty_raw_record_has_a_content_length() -> None:
    assert (b"content-length", b"0") in build_wire_headers("x:1", build_request(record({}, b""), ORIGIN))
