"""Records of every kind, and the requests that a real KafkaSource makes of them.

The expectations come from observations of Knative. This module does not call the twin.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

Text = Mapping[str, str]

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_STRUCTURED = "application/cloudevents+json"
_BROKEN_TIME, _BATCH = "the day before", "application/cloudevents-batch+json"


@dataclass(frozen=True)
class Place:
    """The position of a record; `timestamp` is in milliseconds since 1970."""

    source: str
    topic: str
    partition: int
    offset: int
    timestamp: int

    @property
    def id(self) -> str:
        return f"id-{self.partition}-{self.offset}"


@dataclass(frozen=True)
class Case:
    """A record and the attributes of its request, or None if it never arrives."""

    headers: Text
    value: bytes | None
    attributes: Text | None
    body: bytes = b""
    key: bytes | None = None


def build_expected_headers(case: Case, place: Place) -> dict[str, str]:
    """Return all headers of the request that describe the event."""
    assert case.attributes is not None
    added = {"ce-knativekafkapartition": str(place.partition), "ce-knativekafkaoffset": str(place.offset)}
    return {"prefer": "reply", "kn-namespace": "default", "ce-specversion": "1.0", **case.attributes, **added}


def _build_event_headers(place: Place, **attributes: str) -> dict[str, str]:
    found = {"specversion": "1.0", "id": place.id, "source": "/test/src", "type": "test.type", **attributes}
    return {f"ce_{name}": text for name, text in found.items()}


def _build_binary_attributes(place: Place, **more: str) -> dict[str, str]:
    found = {"id": place.id, "source": "/test/src", "type": "test.type", **more}
    return {f"ce-{name}": text for name, text in found.items()}


def _build_wrapped_attributes(place: Place, key: str | None = None, **headers: str) -> dict[str, str]:
    """Return the attributes of a raw record; `headers` have their names in Knative."""
    moment = datetime.fromtimestamp(place.timestamp // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{place.timestamp % 1000:03}".rstrip("0").rstrip(".")
    found = {
        "ce-id": f"partition:{place.partition}/offset:{place.offset}",
        "ce-source": f"/apis/v1/namespaces/default/kafkasources/{place.source}#{place.topic}",
        "ce-type": "dev.knative.kafka.event",
        "ce-subject": f"partition:{place.partition}#{place.offset}",
        "ce-time": f"{moment}{fraction}Z",
    }
    keys = {} if key is None else {"ce-key": key, "ce-partitionkey": key}
    return {**found, **keys, **{f"ce-kafkaheader{name}": text for name, text in headers.items()}}


def _build_incomplete(place: Place, headers: Mapping[str, str]) -> Case:
    """Return an incomplete CloudEvent, which is wrapped with all of its headers."""
    told = {name.lower().replace("_", ""): text for name, text in headers.items()}
    return Case(headers, b"{ }", _build_wrapped_attributes(place, "k", **told), b"{ }", key=b"k")


def _build_full(place: Place) -> Case:
    more = {"subject": "page/7", "dataschema": "https://x/s.json", "myext": "custom", "partitionkey": "pk-1"}
    headers = {
        **_build_event_headers(place, time="2026-08-01T10:00:00.500Z", **more),
        "content-type": "application/json",
        "own": "x",
    }
    attributes = _build_binary_attributes(place, time="2026-08-01T10:00:00.5Z", **more)
    return Case(headers, b'{ "a": 1.50 }', {**attributes, "content-type": "application/json"}, b'{ "a": 1.50 }', b"key")


def _build_without_data(place: Place) -> Case:
    return Case(_build_event_headers(place), None, _build_binary_attributes(place), key=b"key")


def _build_empty(place: Place) -> Case:
    headers = {**_build_event_headers(place, type=""), "content-type": "text/plain"}
    return Case(headers, b"", {**_build_binary_attributes(place, type=""), "content-type": "text/plain"})


def _build_traced(place: Place) -> Case:
    context = {"tracestate": "vendor=x", "baggage": "a=b"}
    headers = {**_build_event_headers(place, traceparent="starting"), "traceparent": TRACE, **context}
    return Case(
        headers,
        b"{}",
        {**_build_binary_attributes(place, traceparent="starting"), "traceparent": TRACE, **context},
        b"{}",
    )


def _build_traced_extension(place: Place) -> Case:
    return Case(
        _build_event_headers(place, traceparent=TRACE), b"{}", _build_binary_attributes(place, traceparent=TRACE), b"{}"
    )


def _build_beyond_latin(place: Place) -> Case:
    """Keep Latin-1 and percent signs; other characters become question marks."""
    return Case(
        _build_event_headers(place, subject="Größe %C3 € 文"),
        b"{}",
        _build_binary_attributes(place, subject="Größe %C3 ? ?"),
        b"{}",
    )


def _build_with_reserved_attributes(place: Place) -> Case:
    return Case(
        _build_event_headers(place, knativekafkaoffset="99", knativekafkapartition="99"),
        b"{}",
        _build_binary_attributes(place),
        b"{}",
    )


def _build_structured_json(place: Place) -> Case:
    data = b'"n":7,"yes":true,"none":null,"data":{ "z": 1.50, "a": 1e3, "\xc3\xbc": [ 1, 2 ] }}'
    attributes = _build_binary_attributes(place, n="7", yes="true", none="null")
    return _build_structured(place, data, attributes, b'{"z":1.5,"a":1000.0,"\xc3\xbc":[1,2]}', "application/json")


def _build_structured_text(place: Place) -> Case:
    data = '"datacontenttype":"text/plain","subject":"grün","data":"gr\\u00fc\\u00df"}'.encode()
    return _build_structured(
        place, data, _build_binary_attributes(place, subject="grün"), "grüß".encode(), "text/plain"
    )


def _build_structured_bytes(place: Place) -> Case:
    data = b'"datacontenttype":"a/b","data_base64":"AAE="}'
    return _build_structured(place, data, _build_binary_attributes(place), b"\0\1", "a/b")


def _build_structured(place: Place, rest: bytes, attributes: Text, body: bytes, content_type: str) -> Case:
    """Return a record whose structured content type takes precedence over its `ce_` headers."""
    value = f'{{"specversion":"1.0","id":"{place.id}","source":"/test/src","type":"test.type",'.encode() + rest
    headers = {"content-type": f"{_STRUCTURED}; charset=utf-8", "ce_id": "not this one", "ce_specversion": "1.0"}
    return Case(headers, value, {**attributes, "content-type": content_type}, body, key=b"key")


def _build_raw(place: Place) -> Case:
    headers = {"My-Header_1.b": "w", "Content-Type": "application/json", "traceparent": TRACE}
    attributes = _build_wrapped_attributes(place, "key 1", myheader1b="w", traceparent=TRACE)
    value = b'{ "Records": [] }'
    return Case(
        headers, value, {**attributes, "content-type": "application/json", "traceparent": TRACE}, value, b"key 1"
    )


def _build_raw_without_headers(place: Place) -> Case:
    return Case({}, b"\xff\x00", _build_wrapped_attributes(place), b"\xff\x00")


def _build_tombstone(place: Place) -> Case:
    return Case({"empty": ""}, None, _build_wrapped_attributes(place, "k", empty=""), key=b"k")


def _build_without_id(place: Place) -> Case:
    return _build_incomplete(
        place, {name: text for name, text in _build_event_headers(place).items() if name != "ce_id"}
    )


def _build_unknown_version(place: Place) -> Case:
    return _build_incomplete(place, _build_event_headers(place, specversion="2.0"))


def _build_invalid_time(place: Place) -> Case:
    return _build_incomplete(place, _build_event_headers(place, time=_BROKEN_TIME))


def _build_blank_in_source(place: Place) -> Case:
    return _build_incomplete(place, _build_event_headers(place, source="/a b"))


def _build_invalid_extension(place: Place) -> Case:
    return _build_incomplete(place, _build_event_headers(place, My_Ext="A"))


def _build_upper_case(place: Place) -> Case:
    return _build_incomplete(place, {name.upper(): text for name, text in _build_event_headers(place).items()})


def _build_invalid_structured(place: Place) -> Case:
    return Case(
        {"content-type": _STRUCTURED}, b"[1", {**_build_wrapped_attributes(place), "content-type": _STRUCTURED}, b"[1"
    )


def _build_batch(place: Place) -> Case:
    return Case({"content-type": _BATCH}, b"[]", {**_build_wrapped_attributes(place), "content-type": _BATCH}, b"[]")


def _build_control_character(place: Place) -> Case:
    """Return a record that is lost: Knative's client refuses the header, also towards the dead-letter sink."""
    return Case(_build_event_headers(place, subject="a\nb"), b"{}", None)


#: All kinds of records.
KINDS: tuple[Callable[[Place], Case], ...] = (
    _build_full,
    _build_raw,
    _build_structured_json,
    _build_without_data,
    _build_tombstone,
    _build_traced,
    _build_without_id,
    _build_structured_text,
    _build_beyond_latin,
    _build_raw_without_headers,
    _build_unknown_version,
    _build_control_character,
    _build_structured_bytes,
    _build_empty,
    _build_invalid_time,
    _build_with_reserved_attributes,
    _build_blank_in_source,
    _build_traced_extension,
    _build_invalid_extension,
    _build_invalid_structured,
    _build_upper_case,
    _build_batch,
)
