"""Tests of the time of a document by activity."""

import re
from pathlib import Path

import pytest

import functions
from local.telemetry.activities import Activity, classify_span, sum_seconds_by_activity
from local.telemetry.span import Span
from tests.unit.telemetry.sample_traces import DOCUMENT_SPAN, build_page_trace, make_document_span, make_span


def round_seconds(spans: list[Span]) -> dict[Activity, float]:
    return {activity: round(seconds, 6) for activity, seconds in sum_seconds_by_activity(spans).items()}


def test_each_second_belongs_to_latest_span() -> None:
    assert round_seconds(build_page_trace()) == {
        Activity.UPLOADING: 0.5,
        Activity.WAITING_IN_KAFKA: 2.2,
        Activity.WAITING_FOR_REPLICA: 1.1,
        Activity.STARTING: 2,
        Activity.LOADING: 1,
        Activity.FETCHING: 0.3,
        Activity.READING: 2,
        Activity.COMMITTING: 0.5,
        Activity.DELIVERING: 0.2,
        Activity.HANDLING: 1.7,
    }


def test_sum_is_time_from_upload_to_end() -> None:
    assert sum(sum_seconds_by_activity(build_page_trace()).values()) == pytest.approx(11.5)


def test_time_without_span_is_unknown() -> None:
    spans = [span for span in build_page_trace() if span.span_id not in {"rec", "put"}]
    assert round_seconds(spans)[Activity.UNKNOWN] == pytest.approx(0.4)


def test_work_of_consumer_is_not_time_of_sender() -> None:
    spans = [
        make_document_span(3),
        make_span("end", "process pagebus.uploads", 0, 3, DOCUMENT_SPAN, pagebus__document__state="completed"),
        make_span("snd", "send pagebus.pages.tesseract", 1, 1.5, "end"),
        make_span("rea", "read", 1, 3, "snd"),
    ]
    assert round_seconds(spans) == {Activity.PUBLISHING: 0.5, Activity.HANDLING: 2.5}


def test_failed_attempt_and_pause_count_separately() -> None:
    spans = [
        make_document_span(10),
        make_span("wai", "receive t", 0, 1, DOCUMENT_SPAN),
        make_span("ps1", "POST", 1, 3, "wai"),
        make_span("pr1", "process t", 1.5, 3, "ps1"),
        make_span("re1", "read", 2, 3, "pr1"),
        make_span("ps2", "POST", 7, 10, "wai"),
        make_span("end", "process t", 7.5, 10, "ps2", pagebus__document__state="failed"),
    ]
    assert round_seconds(spans) == {
        Activity.WAITING_IN_KAFKA: 1,
        Activity.WAITING_FOR_RETRY: 4,
        Activity.READING: 1,
        Activity.DELIVERING: 1,
        Activity.HANDLING: 3,
    }


def test_time_between_upload_and_event_is_notifying() -> None:
    spans = [
        make_document_span(1),
        make_span("put", "PutObject", -2, -0.5, DOCUMENT_SPAN),
        make_span("end", "process pagebus.uploads", 0, 1, DOCUMENT_SPAN, pagebus__document__state="rejected"),
    ]
    assert round_seconds(spans) == {Activity.UPLOADING: 1.5, Activity.NOTIFYING: 0.5, Activity.HANDLING: 1}


def test_no_spans_take_no_time() -> None:
    assert sum_seconds_by_activity([]) == {}


@pytest.mark.parametrize("name", ["process pagebus.uploads", "custom span", ""])
def test_other_span_names_are_handling(name: str) -> None:
    assert classify_span(make_span("a", name, 0, 1)) is Activity.HANDLING


def test_span_names_of_functions_have_an_activity() -> None:
    sources = [file.read_text(encoding="utf-8") for file in Path(functions.__path__[0]).rglob("*.py")]
    names = {name for source in sources for name in re.findall(r'\btrace_span\(f?"([a-z]\w*)', source)}
    # The sandbox names a span after the function that its task runs.
    tasks = {name for source in sources for name in re.findall(r'_TASK = "[\w.]+:(\w+)"', source)}

    assert {"orient", "read", "vote"} <= names
    assert len(tasks) == 2
    handling = {name for name in names | tasks if classify_span(make_span("a", name, 0, 1)) is Activity.HANDLING}
    assert handling == set()
