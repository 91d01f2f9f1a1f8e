"""Records that a KafkaSink writes for events of a source."""

import json

from confluent_kafka import Message

from tests.kit import wait_for
from tests.parity import kafka, manifests
from tests.parity.kafka import RecordToSend, build_event
from tests.parity.knative import Manifest
from tests.parity.scenario import RunningScenario, Scenario

_TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


_NAMED = tuple((f"ce_{name}", b"large") for name in ("id", "type", "source"))
_LARGE = (("ce_specversion", b"1.0"), *_NAMED, ("content-type", b"text/plain"))


def _build_scenario(mode: str) -> Scenario:
    def build(played: RunningScenario) -> list[Manifest]:
        spec = {"contentMode": mode}
        sink = manifests.build_sink(played.name, played.knative.bootstrap, f"{played.name}-out", **spec)
        to = manifests.build_reference("KafkaSink", played.name)
        dead = manifests.build_delivery(f"{played.dead.url}/", retry=0)
        return [sink, manifests.build_source(played.name, played.knative.bootstrap, to, delivery=dead)]

    records = [
        build_event("json", b'{"a": 1', partitionkey="pk"),
        RecordToSend(b"gr\xc3\xbc\xc3\x9f", (("content-type", b"text/plain"), ("traceparent", _TRACE)), b"key"),
        build_event("none", None),
        RecordToSend(b"x" * 900_000, _LARGE),
    ]
    return Scenario(f"p-{mode}", build, topics={f"p-{mode}-out": 1}, records=records)


SCENARIOS = [_build_scenario("binary"), _build_scenario("structured")]


def _load_written(played: dict[str, RunningScenario], mode: str, count: int) -> list[Message]:
    there = played[f"p-{mode}"]
    wait_for(lambda: there.load_committed() == {0: 4}, what="the commit")
    found = kafka.load_records(there.knative.kafka, f"p-{mode}-out")
    assert len(found) == count
    return found


def _get_headers(record: Message) -> dict[str, bytes]:
    return dict(record.headers() or [])  # type: ignore[arg-type]  # the stubs allow for text


def test_binary_sink_writes_attributes_as_headers(played: dict[str, RunningScenario]) -> None:
    json_, raw, none, large = _load_written(played, "binary", 4)
    assert (json_.key(), json_.value(), _get_headers(json_)["ce_id"]) == (b"pk", b'{"a": 1', b"json")
    assert (raw.key(), _get_headers(raw)["ce_key"], _get_headers(raw)["content-type"]) == (
        b"key",
        b"key",
        b"text/plain",
    )
    assert _get_headers(raw)["traceparent"][:36] == _TRACE[:36]
    assert (none.key(), none.value()) == (None, None)
    assert len(large.value() or b"") == 900_000


def test_structured_sink_keeps_json_and_encodes_other_data(played: dict[str, RunningScenario]) -> None:
    json_, raw, none = _load_written(played, "structured", 3)
    assert (json_.value() or b"").endswith(b'"data":{"a": 1}')
    assert json.loads(raw.value() or b"")["data_base64"] == "Z3LDvMOf"
    assert _get_headers(raw)["content-type"] == b"application/cloudevents+json"
    assert b"data" not in (none.value() or b"").replace(b"datacontenttype", b"")


def test_too_large_record_is_a_503(played: dict[str, RunningScenario]) -> None:
    _load_written(played, "structured", 3)
    (letter,) = played["p-structured"].dead.received
    assert (letter.id, letter.fields["ce-knativeerrorcode"]) == ("large", "503")
