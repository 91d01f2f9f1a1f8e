"""Requests of records at a plain server and at a function."""

from tests.kit import wait_for
from tests.parity import manifests
from tests.parity.kafka import RecordToSend, build_event
from tests.parity.knative import Manifest
from tests.parity.recorder import ReceivedRequest
from tests.parity.scenario import RunningScenario, Scenario

_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_STRUCTURED = b'{"specversion":"1.0","id":"structured","type":"t","source":"/s","n":7,"data": {"z": 1, "e": 1e3}}'
_HALF = (("ce_specversion", b"1.0"), ("ce_id", b"half"), ("content-type", b"application/json"))


def _build_direct(played: RunningScenario) -> list[Manifest]:
    overrides = {"extensions": {"over": "ridden", "own": "forced"}}
    return [
        manifests.build_source(
            played.name, played.knative.bootstrap, f"{played.main.url}/p/a?x=1", ceOverrides=overrides
        )
    ]


def _build_keyed(key_type: str) -> Scenario:
    def build(played: RunningScenario) -> list[Manifest]:
        return [manifests.build_source(played.name, played.knative.bootstrap, f"{played.main.url}/", key_type=key_type)]

    return Scenario(f"p-key-{key_type}", build, records=[RecordToSend(b"{}", key=b"\0\0\0\x2a")])


def _build_function(played: RunningScenario) -> list[Manifest]:
    service = manifests.build_service("recorder", played.knative.python, played.main, {"min-scale": "1"})
    to = manifests.build_reference("Service", "recorder")
    return [service, manifests.build_source(played.name, played.knative.bootstrap, to)]


SCENARIOS = [
    Scenario(
        "p-direct",
        _build_direct,
        records=[
            build_event("whole", own="mine", subject="gr\u00fc\u00df \u6587"),
            build_event("empty", None),
            RecordToSend(
                b'{ "b":2 }', (("X-Custom_1.b", b"w"), ("traceparent", _TRACE.encode())), b"k", timestamp=1795329001490
            ),
            RecordToSend(_STRUCTURED, (("content-type", b"application/cloudevents+json"),)),
            RecordToSend(b"half", _HALF),
            RecordToSend(None, key=b"tombstone"),
        ],
    ),
    Scenario("p-function", _build_function, records=[build_event("one", b'{"n": 1}')]),
    *map(_build_keyed, ("int", "float", "byte-array")),
]


def _get_arrived(played: dict[str, RunningScenario], offset: int) -> ReceivedRequest:
    there = played["p-direct"]
    return wait_for(lambda: next((one for one in there.main.received if one.offset == offset), None), what="a request")


def test_event_headers_are_in_the_dispatchers_order(played: dict[str, RunningScenario]) -> None:
    found = _get_arrived(played, 0)
    core = [name for name, _ in found.headers if name not in {"ce-over", "ce-own"} and "knative" not in name]
    assert core == [
        *("user-agent", "Prefer", "Kn-Namespace", "ce-specversion", "ce-id", "ce-source", "ce-type", "content-type"),
        *("ce-subject", "content-length", "host"),
    ]
    assert (found.target, found.body) == ("/p/a?x=1", b"{}")
    assert (found.fields["ce-knativekafkapartition"], found.fields["ce-knativekafkaoffset"]) == ("0", "0")


def test_overrides_replace_extensions_of_the_event(played: dict[str, RunningScenario]) -> None:
    found = _get_arrived(played, 0).fields
    assert (found["ce-over"], found["ce-own"]) == ("ridden", "forced")


def test_header_values_arrive_as_latin_1(played: dict[str, RunningScenario]) -> None:
    assert _get_arrived(played, 0).fields["ce-subject"] == "gr\u00fc\u00df ?"


def test_event_without_data_has_no_length(played: dict[str, RunningScenario]) -> None:
    found = _get_arrived(played, 1)
    assert (found.body, "content-length" in found.fields) == (b"", False)


def test_raw_record_is_wrapped_with_its_bytes(played: dict[str, RunningScenario]) -> None:
    found = _get_arrived(played, 2)
    assert found.body == b'{ "b":2 }'
    assert {name: text for name, text in found.fields.items() if name.startswith("ce-")} == {
        "ce-specversion": "1.0",
        "ce-id": "partition:0/offset:2",
        "ce-source": "/apis/v1/namespaces/default/kafkasources/p-direct#p-direct",
        "ce-type": "dev.knative.kafka.event",
        "ce-subject": "partition:0#2",
        "ce-time": "2026-11-22T06:30:01.49Z",
        "ce-kafkaheaderxcustom1b": "w",
        "ce-kafkaheadertraceparent": _TRACE,
        "ce-partitionkey": "k",
        "ce-key": "k",
        "ce-knativekafkapartition": "0",
        "ce-knativekafkaoffset": "2",
        "ce-over": "ridden",
        "ce-own": "forced",
    }


def test_trace_continues_with_a_new_span(played: dict[str, RunningScenario]) -> None:
    name, told = _get_arrived(played, 2).headers[-1]
    assert (name, told[:36]) == ("traceparent", _TRACE[:36])
    assert told != _TRACE
    assert "traceparent" not in _get_arrived(played, 0).fields


def test_structured_event_arrives_in_binary_mode(played: dict[str, RunningScenario]) -> None:
    found = _get_arrived(played, 3)
    assert (found.id, found.fields["ce-n"], found.fields["content-type"]) == ("structured", "7", "application/json")
    assert found.body == b'{"z":1,"e":1000.0}'


def test_incomplete_event_is_wrapped_as_raw(played: dict[str, RunningScenario]) -> None:
    found = _get_arrived(played, 4)
    assert (found.fields["ce-type"], found.fields["ce-kafkaheaderceid"]) == ("dev.knative.kafka.event", "half")
    assert found.body == b"half"


def test_tombstone_arrives_as_an_empty_body(played: dict[str, RunningScenario]) -> None:
    found = _get_arrived(played, 5)
    assert (found.body, found.fields["ce-key"]) == (b"", "tombstone")


def test_raw_key_is_decoded_by_its_type(played: dict[str, RunningScenario]) -> None:
    for key_type, text in {"int": "42", "float": "5.9E-44", "byte-array": "AAAAKg=="}.items():
        main = played[f"p-key-{key_type}"].main
        (found,) = wait_for(lambda main=main: main.received, what=f"a key of type {key_type}")  # type: ignore[misc]  # bound here
        assert (found.fields["ce-key"], found.fields["ce-partitionkey"]) == (text, text)


def test_event_arrives_at_a_function(played: dict[str, RunningScenario]) -> None:
    found = wait_for(lambda: played["p-function"].main.list_attempts("one"), what="the event")[0]
    assert (found.body, found.environment["K_SERVICE"]) == (b'{"n": 1}', "recorder")
