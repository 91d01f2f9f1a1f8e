"""Lines and JSON of `pagebus watch`."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import EVENTS_BY_TYPE
from events.examples import EXAMPLES
from local.cli.watch.record_line import render_record
from local.cli.watch.topic_record import TopicRecord, parse_record

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def create_record(headers: dict[str, bytes | None], value: bytes = b"", topic: str = "pagebus.results") -> TopicRecord:
    attributes, data = parse_record(headers, value)
    return TopicRecord(topic=topic, partition=1, offset=7, time=NOON, attributes=attributes, data=data)


def create_event(event_type: str, value: bytes, **more: str) -> TopicRecord:
    attributes = {"specversion": "1.0", "id": "1", "source": "/s", "type": event_type, **more}
    return create_record({f"ce_{name}": text.encode() for name, text in attributes.items()}, value)


def create_example(name: str, **changed: object) -> TopicRecord:
    event = EXAMPLES[f"io.pagebus.{name}.v1"]
    return create_event(event.TYPE, json.dumps({**json.loads(event.model_dump_json()), **changed}).encode())


def split_line(record: TopicRecord, *, with_topic: bool = False) -> list[str]:
    """Return the parts of the line without its time, which depends on the time zone."""
    return [word.strip() for word in render_record(record, with_topic=with_topic).plain.split("  ") if word.strip()][1:]


@pytest.mark.parametrize("event_type", EVENTS_BY_TYPE)
def test_line_of_each_event_has_no_key_and_no_text(event_type: str) -> None:
    event = EXAMPLES[event_type]
    line = render_record(create_event(event_type, event.model_dump_json().encode()), with_topic=True).plain
    printed = json.loads(event.model_dump_json())

    assert "\n" not in line
    for secret in (printed.get("key"), printed.get("text"), printed.get("dataref")):
        assert not secret or secret not in line


def test_line_of_a_page_has_number_engine_and_confidence() -> None:
    document = str(EXAMPLES["io.pagebus.page.recognized.v1"].subject)
    seconds = {"waiting": 1.0, "starting": 1.0, "reading": 0.654}

    parts = split_line(
        create_example(
            "page.recognized", page=2, pages=5, engine="tesseract", confidence=0.931, seconds=seconds, why="a"
        )
    )

    assert parts == ["page.recognized", document[:8], "page 2/5", "tesseract", "93%", "0.65 s", "a"]


def test_line_of_a_page_sums_seconds_of_all_engines() -> None:
    seconds = {"waiting": 1.0, "starting": 1.0, "reading": 1.0, "others": {"tesseract": 0.5, "surya": 2.0}}

    assert "3.50 s" in split_line(create_example("page.recognized", seconds=seconds))


def test_line_of_a_failure_has_its_reason() -> None:
    assert "crashed" in split_line(create_example("page.failed", reason="crashed"))
    assert split_line(create_example("document.rejected", reason="damaged_pdf"))[-1] == "damaged_pdf"


def test_topic_is_shown_if_several_are_watched() -> None:
    assert split_line(create_example("page.failed"), with_topic=True)[0] == "results"


def test_line_of_a_dead_letter_has_function_and_reason() -> None:
    answer = base64.b64encode(b'{"detail": "com.example.odd: no key"}').decode()
    refused = {"knativeerrordest": "http://intake.default.svc.cluster.local", "knativeerrorcode": "422"}

    parts = split_line(create_event("com.example.odd", b"not JSON", knativeerrordata=answer, **refused))

    assert parts == ["com.example.odd", "8 bytes", "refused by intake", "422", "no key"]


def test_record_that_is_no_event_is_shown_with_its_size() -> None:
    assert split_line(create_record({}, b"x" * 1234)) == ["raw record", "1,234 bytes"]


def test_subject_without_document_id_is_not_shown() -> None:
    assert split_line(create_event("dev.knative.kafka.event", b"{}", subject="partition:3#8")) == [
        "raw record",
        "2 bytes",
    ]


def test_control_characters_do_not_reach_the_terminal() -> None:
    hostile = "\x1b]0;owned\x07\nb\r\x9b2J"

    line = render_record(create_example("page.failed", reason=hostile, engine=hostile), with_topic=True).plain

    assert line.isprintable()


@pytest.mark.parametrize("odd", [float("inf"), float("nan"), True, [], {}, "\ud800", -1, 10**400])
def test_malformed_values_raise_nothing(odd: object) -> None:
    names = ("page", "pages", "confidence", "seconds", "attempt", "engine", "outputs", "failed_pages", "engine_seconds")

    for name in ("page.recognized", "document.completed", "page.failed"):
        render_record(create_example(name, **dict.fromkeys(names, odd)), with_topic=True).plain.encode()


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
_MEMBERS = sorted({name for event in EVENTS_BY_TYPE.values() for name in event.model_fields})


@given(
    st.sampled_from(sorted(EVENTS_BY_TYPE)),
    st.dictionaries(st.sampled_from(_MEMBERS), _VALUES, max_size=8) | _VALUES,
)
def test_any_event_data_is_one_line(event_type: str, expected: object) -> None:
    assert (
        len(render_record(create_event(event_type, json.dumps(expected).encode()), with_topic=True).plain.splitlines())
        == 1
    )


@given(
    st.dictionaries(st.sampled_from(["ce_id", "ce_type", "ce_x", "content-type"]), st.none() | st.binary()), st.binary()
)
def test_any_record_can_be_serialized(headers: dict[str, bytes | None], value: bytes) -> None:
    record = create_record(headers, value)

    json.dumps(record.as_dict())
    assert len(render_record(record, with_topic=False).plain.splitlines()) == 1


def test_record_as_dict_has_all_attributes() -> None:
    record = create_event(
        "com.example.odd", '{"a": "ß"}'.encode(), subject="s", traceparent="00-a", partitionkey="k"
    ).as_dict()

    assert record == {
        "topic": "pagebus.results",
        "partition": 1,
        "offset": 7,
        "time": "2026-01-02T12:00:00+00:00",
        "attributes": {
            "id": "1",
            "source": "/s",
            "type": "com.example.odd",
            "subject": "s",
            "traceparent": "00-a",
            "partitionkey": "k",
        },
        "data": {"a": "ß"},
    }


def test_event_in_structured_mode_is_parsed() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": {"document": "x"}}
    record = create_record({"content-type": b"application/cloudevents+json"}, json.dumps(event).encode()).as_dict()

    assert (record["attributes"]["type"], record["data"]) == ("t", {"document": "x"})


def test_binary_data_is_base64() -> None:
    assert create_record({}, b"\xff\0").as_dict()["data_base64"] == "/wA="
