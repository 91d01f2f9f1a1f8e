"""Tests of the critical path of a document."""

import pytest

from local.telemetry.critical_path import find_critical_path, find_document_span
from local.telemetry.span import Span
from tests.unit.telemetry.sample_traces import DOCUMENT_SPAN, build_page_trace, make_document_span, make_span


def sum_seconds_by_span(spans: list[Span]) -> list[tuple[str, float]]:
    """Return the ids of the spans on the path with their seconds, in the order of the path."""
    seconds: dict[str, float] = {}
    for segment in find_critical_path(spans):
        seconds[segment.span.span_id] = seconds.get(segment.span.span_id, 0.0) + segment.seconds
    return [(span_id, round(value, 6)) for span_id, value in seconds.items()]


def compute_coverage(spans: list[Span]) -> float:
    """Return the share of the document's duration that the path covers."""
    document = find_document_span(spans)
    assert document is not None
    return sum(segment.seconds for segment in find_critical_path(spans)) / document.seconds


def test_each_span_counts_until_the_next_starts() -> None:
    assert sum_seconds_by_span(build_page_trace()) == [
        ("rec", 0.4),
        ("upl", 0.6),
        ("wai", 1.0),
        ("pst", 4.2),
        ("pag", 3.0),
        ("wa2", 0.8),
        ("ps2", 0.1),
        ("end", 0.9),
    ]
    assert compute_coverage(build_page_trace()) == pytest.approx(1)


def test_path_goes_through_the_last_page() -> None:
    early = [
        make_span("sn0", "send pagebus.pages.tesseract", 0.6, 0.7, "upl", "intake"),
        make_span("pa0", "process pagebus.pages.tesseract", 0.7, 10.9, "sn0", "tesseract"),
    ]
    assert sum_seconds_by_span(build_page_trace() + early) == sum_seconds_by_span(build_page_trace())


def test_order_of_spans_makes_no_difference() -> None:
    assert sum_seconds_by_span(build_page_trace()[::-1]) == sum_seconds_by_span(build_page_trace())


def test_missing_span_ends_path_and_lowers_coverage() -> None:
    spans = [span for span in build_page_trace() if span.span_id != "wai"]
    assert [name for name, _ in sum_seconds_by_span(spans)] == ["pst", "pag", "wa2", "ps2", "end"]
    assert compute_coverage(spans) == pytest.approx(9 / 11)


def test_failed_attempts_and_pauses_are_on_path() -> None:
    spans = [
        make_document_span(10),
        make_span("wai", "receive t", 0, 1, DOCUMENT_SPAN),
        make_span("ps1", "POST", 1, 3, "wai"),
        make_span("ps2", "POST", 4, 5, "wai"),
        make_span("ps3", "POST", 7, 10, "wai"),
        make_span("end", "process t", 7.5, 10, "ps3", pagebus__document__state="failed"),
    ]
    assert sum_seconds_by_span(spans) == [("wai", 4.0), ("ps1", 2.0), ("ps2", 1.0), ("ps3", 0.5), ("end", 2.5)]
    assert [segment.span.span_id for segment in find_critical_path(spans) if segment.is_pause] == ["wai", "wai"]
    assert compute_coverage(spans) == pytest.approx(1)


def test_time_outside_the_document_does_not_count() -> None:
    spans = [
        make_span("clt", "send pagebus.uploads", -3, -2.9, "", "a client"),
        make_span("rec", "receive pagebus.uploads", -3, 1, "clt"),
        make_document_span(2),
        make_span("end", "process pagebus.uploads", 1, 4, "rec", pagebus__document__state="rejected"),
    ]
    assert sum_seconds_by_span(spans) == [("rec", 1.0), ("end", 1.0)]


def test_first_final_state_ends_the_document() -> None:
    again = make_span("en2", "process pagebus.outcomes", 10.2, 14, "ps2", pagebus__document__state="completed")
    assert sum_seconds_by_span([*build_page_trace(), again]) == sum_seconds_by_span(build_page_trace())


def test_path_of_unfinished_document_ends_with_last_processing() -> None:
    spans = [span for span in build_page_trace() if span.span_id not in {DOCUMENT_SPAN, "ps2", "end", "com"}]
    assert sum_seconds_by_span(spans)[-1] == ("pag", 3.3)


def test_cycle_of_spans_ends_the_path() -> None:
    assert sum_seconds_by_span([make_span("a", "process t", 1, 2, "b"), make_span("b", "POST", 0, 3, "a")]) == [
        ("b", 1.0),
        ("a", 1.0),
    ]


def test_document_without_processing_has_no_path() -> None:
    assert find_critical_path([make_document_span(1)]) == []
