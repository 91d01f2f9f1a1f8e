"""What a document waited for."""

import pytest

from local.telemetry.critical import root, stretches
from local.telemetry.span import Span
from tests.unit.telemetry.trees import ROOT, document, letter, span


def told(spans: list[Span]) -> list[tuple[str, float]]:
    """Every span on the path with the seconds that it contributed, in the order in which they began to."""
    seconds: dict[str, float] = {}
    for stretch in stretches(spans):
        seconds[stretch.span.span_id] = seconds.get(stretch.span.span_id, 0.0) + stretch.seconds
    return [(span_id, round(contributed, 6)) for span_id, contributed in seconds.items()]


def coverage(spans: list[Span]) -> float:
    """The share of the document's duration that the path explains."""
    whole = root(spans)
    assert whole is not None
    return sum(stretch.seconds for stretch in stretches(spans)) / whole.seconds


def test_every_cause_contributes_what_came_before_its_effect() -> None:
    assert told(letter()) == [
        ("rec", 0.4),
        ("upl", 0.6),
        ("wai", 1.0),
        ("pst", 4.2),
        ("pag", 3.0),
        ("wa2", 0.8),
        ("ps2", 0.1),
        ("end", 0.9),
    ]
    assert coverage(letter()) == pytest.approx(1)


def test_the_path_leads_through_the_page_that_came_last() -> None:
    early = [
        span("sn0", "send pagebus.pages.tesseract", 0.6, 0.7, "upl", "intake"),
        span("pa0", "process pagebus.pages.tesseract", 0.7, 10.9, "sn0", "tesseract"),
    ]
    assert told(letter() + early) == told(letter())


def test_the_order_in_which_spans_came_makes_no_difference() -> None:
    assert told(letter()[::-1]) == told(letter())


def test_a_lost_span_ends_the_path_and_shows_in_the_coverage() -> None:
    spans = [one for one in letter() if one.span_id != "wai"]
    assert [name for name, _ in told(spans)] == ["pst", "pag", "wa2", "ps2", "end"]
    assert coverage(spans) == pytest.approx(9 / 11)


def test_attempts_that_failed_and_the_pauses_between_them_are_part_of_the_path() -> None:
    spans = [
        document(10),
        span("wai", "receive t", 0, 1, ROOT),
        span("ps1", "POST", 1, 3, "wai"),
        span("ps2", "POST", 4, 5, "wai"),
        span("ps3", "POST", 7, 10, "wai"),
        span("end", "process t", 7.5, 10, "ps3", pagebus__document__state="failed"),
    ]
    assert told(spans) == [("wai", 4.0), ("ps1", 2.0), ("ps2", 1.0), ("ps3", 0.5), ("end", 2.5)]
    assert [one.span.span_id for one in stretches(spans) if one.pause] == ["wai", "wai"]
    assert coverage(spans) == pytest.approx(1)


def test_what_lies_outside_the_document_does_not_count() -> None:
    spans = [
        span("clt", "send pagebus.uploads", -3, -2.9, "", "a client"),
        span("rec", "receive pagebus.uploads", -3, 1, "clt"),
        document(2),
        span("end", "process pagebus.uploads", 1, 4, "rec", pagebus__document__state="rejected"),
    ]
    assert told(spans) == [("rec", 1.0), ("end", 1.0)]


def test_of_several_that_say_the_document_has_ended_the_first_ended_it() -> None:
    again = span("en2", "process pagebus.outcomes", 10.2, 14, "ps2", pagebus__document__state="completed")
    assert told([*letter(), again]) == told(letter())


def test_an_open_documents_path_leads_to_what_ended_last() -> None:
    spans = [one for one in letter() if one.span_id not in {ROOT, "ps2", "end", "com"}]
    assert told(spans)[-1] == ("pag", 3.3)


def test_spans_that_are_their_own_ancestors_lead_nowhere() -> None:
    assert told([span("a", "process t", 1, 2, "b"), span("b", "POST", 0, 3, "a")]) == [("b", 1.0), ("a", 1.0)]


def test_without_anything_processed_there_is_no_path() -> None:
    assert stretches([document(1)]) == []
