"""Where a document's time went."""

import re
from pathlib import Path

import pytest

import functions
from local.telemetry.kinds import Kind, kind_of, shares
from local.telemetry.span import Span
from tests.unit.telemetry.trees import ROOT, document, letter, span


def told(spans: list[Span]) -> dict[Kind, float]:
    return {kind: round(seconds, 6) for kind, seconds in shares(spans).items()}


def test_every_second_belongs_to_what_began_last() -> None:
    assert told(letter()) == {
        Kind.UPLOADING: 0.5,
        Kind.IN_KAFKA: 2.2,
        Kind.FOR_A_REPLICA: 1.1,
        Kind.STARTING: 2,
        Kind.LOADING: 1,
        Kind.FETCHING: 0.3,
        Kind.READING: 2,
        Kind.COMMITTING: 0.5,
        Kind.DELIVERING: 0.2,
        Kind.HANDLING: 1.7,
    }


def test_the_shares_add_up_to_the_time_from_upload_to_end() -> None:
    assert sum(shares(letter()).values()) == pytest.approx(11.5)


def test_what_no_span_explains_is_told_too() -> None:
    spans = [one for one in letter() if one.span_id not in {"rec", "put"}]
    assert told(spans)[Kind.UNKNOWN] == pytest.approx(0.4)


def test_what_came_of_an_event_is_not_the_senders_time() -> None:
    spans = [
        document(3),
        span("end", "process pagebus.uploads", 0, 3, ROOT, pagebus__document__state="completed"),
        span("snd", "send pagebus.pages.tesseract", 1, 1.5, "end"),
        span("rea", "read", 1, 3, "snd"),
    ]
    assert told(spans) == {Kind.PUBLISHING: 0.5, Kind.HANDLING: 2.5}


def test_a_failed_attempt_counts_as_what_was_done_in_it_and_its_pause_as_one() -> None:
    spans = [
        document(10),
        span("wai", "receive t", 0, 1, ROOT),
        span("ps1", "POST", 1, 3, "wai"),
        span("pr1", "process t", 1.5, 3, "ps1"),
        span("re1", "read", 2, 3, "pr1"),
        span("ps2", "POST", 7, 10, "wai"),
        span("end", "process t", 7.5, 10, "ps2", pagebus__document__state="failed"),
    ]
    assert told(spans) == {
        Kind.IN_KAFKA: 1,
        Kind.FOR_ANOTHER_TRY: 4,
        Kind.READING: 1,
        Kind.DELIVERING: 1,
        Kind.HANDLING: 3,
    }


def test_the_time_between_upload_and_announcement_is_told() -> None:
    spans = [
        document(1),
        span("put", "PutObject", -2, -0.5, ROOT),
        span("end", "process pagebus.uploads", 0, 1, ROOT, pagebus__document__state="rejected"),
    ]
    assert told(spans) == {Kind.UPLOADING: 1.5, Kind.ANNOUNCING: 0.5, Kind.HANDLING: 1}


def test_nothing_takes_no_time() -> None:
    assert shares([]) == {}


@pytest.mark.parametrize("name", ["process pagebus.uploads", "something of one's own", ""])
def test_what_has_no_kind_of_its_own_is_handling(name: str) -> None:
    assert kind_of(span("a", name, 0, 1)) is Kind.HANDLING


def test_whatever_a_function_times_has_a_kind_of_its_own() -> None:
    sources = [file.read_text(encoding="utf-8") for file in Path(functions.__path__[0]).rglob("*.py")]
    names = {name for source in sources for name in re.findall(r'\bspan\(f?"([a-z]\w*)', source)}

    assert {"orient", "read", "vote"} <= names
    assert {name for name in names if kind_of(span("a", name, 0, 1)) is Kind.HANDLING} == set()
