"""What `pagebus watch` makes of a record."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import EVENTS
from events.examples import EXAMPLES
from local.cli.lines import line
from local.cli.passed import Passed, opened

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def passed(headers: dict[str, bytes | None], value: bytes = b"", topic: str = "pagebus.results") -> Passed:
    attributes, data = opened(headers, value)
    return Passed(topic=topic, partition=1, offset=7, time=NOON, attributes=attributes, data=data)


def of(event_type: str, value: bytes, **more: str) -> Passed:
    said = {"specversion": "1.0", "id": "1", "source": "/s", "type": event_type, **more}
    return passed({f"ce_{name}": text.encode() for name, text in said.items()}, value)


def example(name: str, **changed: object) -> Passed:
    event = EXAMPLES[f"io.pagebus.{name}.v1"]
    return of(event.TYPE, json.dumps({**json.loads(event.model_dump_json()), **changed}).encode())


def words(record: Passed, *, with_topic: bool = False) -> list[str]:
    """The line without its time, which depends on where one is."""
    return [word.strip() for word in line(record, with_topic=with_topic).plain.split("  ") if word.strip()][1:]


@pytest.mark.parametrize("event_type", EVENTS)
def test_every_event_of_ours_has_a_line_without_a_key_or_a_text(event_type: str) -> None:
    event = EXAMPLES[event_type]
    told = line(of(event_type, event.model_dump_json().encode()), with_topic=True).plain
    said = json.loads(event.model_dump_json())

    assert "\n" not in told
    for secret in (said.get("key"), said.get("text"), said.get("dataref")):
        assert not secret or secret not in told


def test_a_page_is_told_with_its_place_its_engine_and_how_sure_that_is() -> None:
    document = str(EXAMPLES["io.pagebus.page.recognized.v1"].subject)
    seconds = {"waiting": 1.0, "starting": 1.0, "reading": 0.654}

    told = words(
        example("page.recognized", page=2, pages=5, engine="tesseract", confidence=0.931, seconds=seconds, why="a")
    )

    assert told == ["page.recognized", document[:8], "page 2/5", "tesseract", "93%", "0.65 s", "a"]


def test_a_page_that_went_on_is_told_with_the_seconds_of_all_its_engines() -> None:
    seconds = {"waiting": 1.0, "starting": 1.0, "reading": 1.0, "others": {"tesseract": 0.5, "surya": 2.0}}

    assert "3.50 s" in words(example("page.recognized", seconds=seconds))


def test_a_failure_is_told_with_its_reason() -> None:
    assert "crashed" in words(example("page.failed", reason="crashed"))
    assert words(example("document.rejected", reason="damaged_pdf"))[-1] == "damaged_pdf"


def test_the_topic_is_told_where_several_are_watched() -> None:
    assert words(example("page.failed"), with_topic=True)[0] == "results"


def test_a_dead_letter_says_who_refused_it_and_why() -> None:
    answer = base64.b64encode(b'{"detail": "com.example.odd: no key"}').decode()
    refused = {"knativeerrordest": "http://intake.default.svc.cluster.local", "knativeerrorcode": "422"}

    told = words(of("com.example.odd", b"not JSON", knativeerrordata=answer, **refused))

    assert told == ["com.example.odd", "8 bytes", "refused by intake", "422", "no key"]


def test_a_record_that_is_no_event_is_told_by_its_size() -> None:
    assert words(passed({}, b"x" * 1234)) == ["raw record", "1,234 bytes"]


def test_a_subject_that_names_no_document_is_not_shown_as_one() -> None:
    assert words(of("dev.knative.kafka.event", b"{}", subject="partition:3#8")) == ["raw record", "2 bytes"]


def test_nobody_can_command_the_terminal() -> None:
    hostile = "\x1b]0;owned\x07\nb\r\x9b2J"

    told = line(example("page.failed", reason=hostile, engine=hostile), with_topic=True).plain

    assert told.isprintable()


@pytest.mark.parametrize("odd", [float("inf"), float("nan"), True, [], {}, "\ud800", -1, 10**400])
def test_a_value_that_makes_no_sense_is_no_trouble(odd: object) -> None:
    names = ("page", "pages", "confidence", "seconds", "attempt", "engine", "outputs", "failed_pages", "engine_seconds")

    for name in ("page.recognized", "document.completed", "page.failed"):
        line(example(name, **dict.fromkeys(names, odd)), with_topic=True).plain.encode()


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
_MEMBERS = sorted({name for event in EVENTS.values() for name in event.model_fields})


@given(
    st.sampled_from(sorted(EVENTS)),
    st.dictionaries(st.sampled_from(_MEMBERS), _VALUES, max_size=8) | _VALUES,
)
def test_whatever_a_stranger_writes_is_one_line(event_type: str, said: object) -> None:
    assert len(line(of(event_type, json.dumps(said).encode()), with_topic=True).plain.splitlines()) == 1


@given(
    st.dictionaries(st.sampled_from(["ce_id", "ce_type", "ce_x", "content-type"]), st.none() | st.binary()), st.binary()
)
def test_whatever_bytes_a_stranger_writes_can_be_told(headers: dict[str, bytes | None], value: bytes) -> None:
    record = passed(headers, value)

    json.dumps(record.told())
    assert len(line(record, with_topic=False).plain.splitlines()) == 1


def test_a_program_gets_all_of_it() -> None:
    told = of("com.example.odd", '{"a": "ß"}'.encode(), subject="s", traceparent="00-a", partitionkey="k").told()

    assert told == {
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


def test_an_event_in_structured_mode_is_the_same_event() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": {"document": "x"}}
    told = passed({"content-type": b"application/cloudevents+json"}, json.dumps(event).encode()).told()

    assert (told["attributes"]["type"], told["data"]) == ("t", {"document": "x"})


def test_bytes_that_are_no_text_are_told_as_base64() -> None:
    assert passed({}, b"\xff\0").told()["data_base64"] == "/wA="
