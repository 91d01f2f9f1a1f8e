"""What a KafkaSink writes of the events that a source sends it."""

import json

from confluent_kafka import Message

from tests.kit import eventually
from tests.parity import kafka, manifests
from tests.parity.kafka import Sent, event
from tests.parity.knative import Manifest
from tests.parity.scenario import Played, Scenario

_TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


_NAMED = tuple((f"ce_{name}", b"large") for name in ("id", "type", "source"))
_LARGE = (("ce_specversion", b"1.0"), *_NAMED, ("content-type", b"text/plain"))


def _to_sink(mode: str) -> Scenario:
    def manifest(played: Played) -> list[Manifest]:
        spec = {"contentMode": mode}
        sink = manifests.sink(played.name, played.knative.bootstrap, f"{played.name}-out", **spec)
        to = manifests.reference("KafkaSink", played.name)
        dead = manifests.delivery(f"{played.dead.url}/", retry=0)
        return [sink, manifests.source(played.name, played.knative.bootstrap, to, delivery=dead)]

    records = [
        event("json", b'{"a": 1', partitionkey="pk"),
        Sent(b"gr\xc3\xbc\xc3\x9f", (("content-type", b"text/plain"), ("traceparent", _TRACE)), b"key"),
        event("none", None),
        Sent(b"x" * 900_000, _LARGE),
    ]
    return Scenario(f"p-{mode}", manifest, topics={f"p-{mode}-out": 1}, records=records)


SCENARIOS = [_to_sink("binary"), _to_sink("structured")]


def _written(played: dict[str, Played], mode: str, count: int) -> list[Message]:
    there = played[f"p-{mode}"]
    eventually(lambda: there.committed() == {0: 4}, what="the commit")
    found = kafka.held(there.knative.kafka, f"p-{mode}-out")
    assert len(found) == count
    return found


def _headers(record: Message) -> dict[str, bytes]:
    return dict(record.headers() or [])  # type: ignore[arg-type]  # the stubs allow for text


def test_a_binary_sink_writes_attributes_as_headers_and_the_partitionkey_as_key(played: dict[str, Played]) -> None:
    json_, raw, none, large = _written(played, "binary", 4)
    assert (json_.key(), json_.value(), _headers(json_)["ce_id"]) == (b"pk", b'{"a": 1', b"json")
    assert (raw.key(), _headers(raw)["ce_key"], _headers(raw)["content-type"]) == (b"key", b"key", b"text/plain")
    assert _headers(raw)["traceparent"][:36] == _TRACE[:36]
    assert (none.key(), none.value()) == (None, None)
    assert len(large.value() or b"") == 900_000


def test_a_structured_sink_writes_json_as_it_is_and_all_other_as_base64(played: dict[str, Played]) -> None:
    json_, raw, none = _written(played, "structured", 3)
    assert (json_.value() or b"").endswith(b'"data":{"a": 1}')
    assert json.loads(raw.value() or b"")["data_base64"] == "Z3LDvMOf"
    assert _headers(raw)["content-type"] == b"application/cloudevents+json"
    assert b"data" not in (none.value() or b"").replace(b"datacontenttype", b"")


def test_what_base64_makes_too_large_is_answered_with_503(played: dict[str, Played]) -> None:
    _written(played, "structured", 3)
    (letter,) = played["p-structured"].dead.received
    assert (letter.id, letter.fields["ce-knativeerrorcode"]) == ("large", "503")
