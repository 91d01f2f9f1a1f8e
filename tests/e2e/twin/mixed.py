"""Records of every kind, and what a real KafkaSource makes of each.

Written down from what Knative was seen to do, and not from the twin: nothing here calls it.
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
    """Where a record stands; `timestamp` in milliseconds since 1970."""

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
    """A record, and the attributes of the request that it becomes; None where it never arrives."""

    headers: Text
    value: bytes | None
    attributes: Text | None
    body: bytes = b""
    key: bytes | None = None


def expected(case: Case, place: Place) -> dict[str, str]:
    """All headers of the request that say something of the event."""
    assert case.attributes is not None
    added = {"ce-knativekafkapartition": str(place.partition), "ce-knativekafkaoffset": str(place.offset)}
    return {"prefer": "reply", "kn-namespace": "default", "ce-specversion": "1.0", **case.attributes, **added}


def _event(place: Place, **attributes: str) -> dict[str, str]:
    found = {"specversion": "1.0", "id": place.id, "source": "/test/src", "type": "test.type", **attributes}
    return {f"ce_{name}": text for name, text in found.items()}


def _binary(place: Place, **more: str) -> dict[str, str]:
    found = {"id": place.id, "source": "/test/src", "type": "test.type", **more}
    return {f"ce-{name}": text for name, text in found.items()}


def _wrapped(place: Place, key: str | None = None, **headers: str) -> dict[str, str]:
    """What a record becomes that is no CloudEvent; `headers` by the names that Knative gives them."""
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


def _half(place: Place, headers: Mapping[str, str]) -> Case:
    """Not quite a CloudEvent: wrapped with all that it brought."""
    told = {name.lower().replace("_", ""): text for name, text in headers.items()}
    return Case(headers, b"{ }", _wrapped(place, "k", **told), b"{ }", key=b"k")


def _full(place: Place) -> Case:
    more = {"subject": "page/7", "dataschema": "https://x/s.json", "myext": "custom", "partitionkey": "pk-1"}
    headers = {**_event(place, time="2026-08-01T10:00:00.500Z", **more), "content-type": "application/json", "own": "x"}
    attributes = _binary(place, time="2026-08-01T10:00:00.5Z", **more)
    return Case(headers, b'{ "a": 1.50 }', {**attributes, "content-type": "application/json"}, b'{ "a": 1.50 }', b"key")


def _without_data(place: Place) -> Case:
    return Case(_event(place), None, _binary(place), key=b"key")


def _empty(place: Place) -> Case:
    headers = {**_event(place, type=""), "content-type": "text/plain"}
    return Case(headers, b"", {**_binary(place, type=""), "content-type": "text/plain"})


def _traced(place: Place) -> Case:
    context = {"tracestate": "vendor=x", "baggage": "a=b"}
    headers = {**_event(place, traceparent="starting"), "traceparent": TRACE, **context}
    return Case(headers, b"{}", {**_binary(place, traceparent="starting"), "traceparent": TRACE, **context}, b"{}")


def _traced_at_its_start(place: Place) -> Case:
    return Case(_event(place, traceparent=TRACE), b"{}", _binary(place, traceparent=TRACE), b"{}")


def _beyond_latin(place: Place) -> Case:
    """Latin-1 passes; what it lacks becomes a question mark; percent signs stay."""
    return Case(_event(place, subject="Größe %C3 € 文"), b"{}", _binary(place, subject="Größe %C3 ? ?"), b"{}")


def _impostor(place: Place) -> Case:
    return Case(_event(place, knativekafkaoffset="99", knativekafkapartition="99"), b"{}", _binary(place), b"{}")


def _structured(place: Place) -> Case:
    data = b'"n":7,"yes":true,"none":null,"data":{ "z": 1.50, "a": 1e3, "\xc3\xbc": [ 1, 2 ] }}'
    attributes = _binary(place, n="7", yes="true", none="null")
    return _as_structured(place, data, attributes, b'{"z":1.5,"a":1000.0,"\xc3\xbc":[1,2]}', "application/json")


def _structured_text(place: Place) -> Case:
    data = '"datacontenttype":"text/plain","subject":"grün","data":"gr\\u00fc\\u00df"}'.encode()
    return _as_structured(place, data, _binary(place, subject="grün"), "grüß".encode(), "text/plain")


def _structured_bytes(place: Place) -> Case:
    data = b'"datacontenttype":"a/b","data_base64":"AAE="}'
    return _as_structured(place, data, _binary(place), b"\0\1", "a/b")


def _as_structured(place: Place, rest: bytes, attributes: Text, body: bytes, content_type: str) -> Case:
    """Its content type beats the `ce_` headers that it also has."""
    value = f'{{"specversion":"1.0","id":"{place.id}","source":"/test/src","type":"test.type",'.encode() + rest
    headers = {"content-type": f"{_STRUCTURED}; charset=utf-8", "ce_id": "not this one", "ce_specversion": "1.0"}
    return Case(headers, value, {**attributes, "content-type": content_type}, body, key=b"key")


def _raw(place: Place) -> Case:
    headers = {"My-Header_1.b": "w", "Content-Type": "application/json", "traceparent": TRACE}
    attributes = _wrapped(place, "key 1", myheader1b="w", traceparent=TRACE)
    value = b'{ "Records": [] }'
    return Case(
        headers, value, {**attributes, "content-type": "application/json", "traceparent": TRACE}, value, b"key 1"
    )


def _raw_alone(place: Place) -> Case:
    return Case({}, b"\xff\x00", _wrapped(place), b"\xff\x00")


def _tombstone(place: Place) -> Case:
    return Case({"empty": ""}, None, _wrapped(place, "k", empty=""), key=b"k")


def _without_id(place: Place) -> Case:
    return _half(place, {name: text for name, text in _event(place).items() if name != "ce_id"})


def _unknown_version(place: Place) -> Case:
    return _half(place, _event(place, specversion="2.0"))


def _broken_time(place: Place) -> Case:
    return _half(place, _event(place, time=_BROKEN_TIME))


def _blank_in_source(place: Place) -> Case:
    return _half(place, _event(place, source="/a b"))


def _odd_extension(place: Place) -> Case:
    return _half(place, _event(place, My_Ext="A"))


def _upper_case(place: Place) -> Case:
    return _half(place, {name.upper(): text for name, text in _event(place).items()})


def _broken_structured(place: Place) -> Case:
    return Case({"content-type": _STRUCTURED}, b"[1", {**_wrapped(place), "content-type": _STRUCTURED}, b"[1")


def _batch(place: Place) -> Case:
    return Case({"content-type": _BATCH}, b"[]", {**_wrapped(place), "content-type": _BATCH}, b"[]")


def _control_character(place: Place) -> Case:
    """Knative's client refuses the header, towards the dead-letter sink too; the record is lost without a trace."""
    return Case(_event(place, subject="a\nb"), b"{}", None)


#: Every kind.
KINDS: tuple[Callable[[Place], Case], ...] = (
    _full,
    _raw,
    _structured,
    _without_data,
    _tombstone,
    _traced,
    _without_id,
    _structured_text,
    _beyond_latin,
    _raw_alone,
    _unknown_version,
    _control_character,
    _structured_bytes,
    _empty,
    _broken_time,
    _impostor,
    _blank_in_source,
    _traced_at_its_start,
    _odd_extension,
    _broken_structured,
    _upper_case,
    _batch,
)
