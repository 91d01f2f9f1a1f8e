"""Repairs: the events that a stalled document lacks."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from events.document import DocumentFailed, DocumentRecognized, DocumentUploaded, Options, OutputFormat
from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import DocumentFailure, PageFailure
from functions.reconciler.fallback import FallbackReading
from functions.reconciler.repairs import plan_repairs
from functions.reconciler.snapshot import Snapshot, StalledDocument, WaitingPage
from tests.unit.engine.engine_fakes import make_reading
from tests.unit.reconciler.stalled_documents import ACCEPTED, AVAILABLE, KEY, NOON, PAGE, UNACCEPTED


@dataclass(frozen=True)
class Limits:
    max_attempts: int = 5
    attempts_before_others: int = 2
    inline_text_bytes: int = 1000


def repair(document: StalledDocument, *waiting: WaitingPage, unplanned: int | None = None) -> list[Event]:
    return plan_repairs(Snapshot(document, unplanned, waiting), AVAILABLE, Limits())


def test_unaccepted_document_is_announced_again() -> None:
    assert repair(UNACCEPTED) == [DocumentUploaded(bucket="uploads", key=KEY, etag="abc")]


def test_unaccepted_fresh_run_keeps_its_number() -> None:
    (upload,) = repair(replace(UNACCEPTED, run=2))
    assert isinstance(upload, DocumentUploaded)
    assert upload.options == Options(run=2)


def test_unplanned_pages_are_announced_with_stored_options() -> None:
    (upload,) = repair(ACCEPTED, unplanned=3)
    assert isinstance(upload, DocumentUploaded)
    assert (upload.first_page, upload.pages, upload.version_id, upload.etag) == (3, 3, "v7", "abc")
    assert upload.options == Options(
        languages=("deu",),
        engines=("gotocr",),
        outputs=(OutputFormat.TEXT,),
        min_confidence=0.8,
        consensus=True,
    )


def test_announcement_from_page_one_has_no_page_count() -> None:
    (upload,) = repair(ACCEPTED, unplanned=1)
    assert isinstance(upload, DocumentUploaded)
    assert (upload.first_page, upload.pages) == (1, None)


def test_waiting_page_is_requested_again_with_counted_attempt() -> None:
    (request,) = repair(ACCEPTED, PAGE)
    assert isinstance(request, PageRequested)
    assert (request.engine, request.route, request.why) == ("tesseract", ("rapidocr",), "a scan")
    assert (request.page, request.pages, request.attempt, request.requested_at) == (2, 3, 2, NOON)
    assert (request.languages, request.min_confidence, request.best) == (("deu",), 0.8, None)
    assert request.consensus


def test_unplanned_and_waiting_pages_are_both_repaired() -> None:
    assert [type(event) for event in repair(ACCEPTED, PAGE, unplanned=3)] == [DocumentUploaded, PageRequested]


def test_unassembled_document_is_sent_to_assembly() -> None:
    (recognized,) = repair(replace(ACCEPTED, state="assembling"))
    assert isinstance(recognized, DocumentRecognized)
    assert (recognized.pages, recognized.outputs) == (3, (OutputFormat.TEXT,))


@pytest.mark.parametrize("failed_requests", [5, 6])
def test_page_that_crashes_engines_is_abandoned(failed_requests: int) -> None:
    (failed,) = repair(ACCEPTED, replace(PAGE, attempts=7, failed_requests=failed_requests))
    assert isinstance(failed, PageFailed)
    assert (failed.reason, failed.page, failed.attempt) == (PageFailure.GAVE_UP, 2, 7)
    assert str(failed_requests) in failed.message


def test_page_without_available_engine_fails_alone() -> None:
    failed, request = repair(ACCEPTED, replace(PAGE, page=1, route=["surya", "gotocr"]), PAGE)

    assert isinstance(failed, PageFailed)
    assert (failed.reason, failed.page, failed.engine) == (PageFailure.NO_ENGINE, 1, "surya")
    assert "surya, gotocr" in failed.message
    assert isinstance(request, PageRequested)


def test_page_without_available_engine_takes_fallback() -> None:
    (request,) = repair(ACCEPTED, PAGE)
    assert isinstance(request, PageRequested)
    last = request.model_copy(
        update={"engine": "surya", "spent": {"gotocr": 2.0, "surya": 3.0}, "requested_at": NOON - timedelta(hours=1)}
    )
    best = FallbackReading(make_reading("gotocr", 0.6, "Maß"), "s3://results/readings/acme/0/2/gotocr-1-deu.json", last)

    (result,) = repair(ACCEPTED, replace(PAGE, route=["gotocr", "surya"], undelivered_request=last, fallback=best))

    assert isinstance(result, PageRecognized)
    assert (result.page, result.pages, result.attempt, result.dataref) == (2, 3, 1, best.dataref)
    assert (result.engine, result.text, result.confidence, result.best_effort) == ("gotocr", "Maß", 0.6, True)
    assert result.why == (
        "a scan; none of its engines is available any more: gotocr, surya; gotocr has the best reading"
    )
    assert (result.seconds.waiting, result.seconds.reading, result.seconds.others) == (3600, 1.5, {"surya": 3.0})


def make_fallback(confidence: float = 0.6) -> FallbackReading:
    (request,) = repair(ACCEPTED, PAGE)
    assert isinstance(request, PageRequested)
    return FallbackReading(
        make_reading("tesseract", confidence, "Maß"), "s3://results/readings/acme/0/2/tesseract-1-deu.json", request
    )


def test_page_that_crashes_engine_takes_fallback() -> None:
    (result,) = repair(ACCEPTED, replace(PAGE, attempts=7, failed_requests=5, fallback=make_fallback()))

    assert isinstance(result, PageRecognized)
    assert (result.page, result.attempt, result.engine, result.text, result.best_effort) == (
        2,
        7,
        "tesseract",
        "Maß",
        True,
    )
    assert result.why == "a scan; 5 requests for it failed in the engine; tesseract has the best reading"


def test_fallback_with_requested_confidence_is_no_best_effort() -> None:
    (result,) = repair(ACCEPTED, replace(PAGE, failed_requests=5, fallback=make_fallback(0.8)))

    assert isinstance(result, PageRecognized)
    assert not result.best_effort


def test_overdue_document_takes_fallbacks_of_all_pages() -> None:
    waiting = replace(PAGE, fallback=make_fallback()), replace(PAGE, page=3, fallback=make_fallback())

    result = repair(replace(ACCEPTED, is_overdue=True), *waiting)

    assert [type(page) for page in result] == [PageRecognized, PageRecognized]
    assert [page.page for page in result if isinstance(page, PageRecognized)] == [2, 3]
    assert all("it was not finished in time" in page.why for page in result if isinstance(page, PageRecognized))


@pytest.mark.parametrize(
    ("document", "waiting", "unplanned"),
    [
        (ACCEPTED, (replace(PAGE, fallback=make_fallback()), replace(PAGE, page=3)), None),
        (ACCEPTED, (replace(PAGE, fallback=make_fallback()),), 3),
        (ACCEPTED, (), None),
        (replace(ACCEPTED, state="assembling"), (), None),
    ],
    ids=["page without reading", "unplanned page", "no waiting page", "assembling"],
)
def test_overdue_document_without_all_fallbacks_fails(
    document: StalledDocument, waiting: tuple[WaitingPage, ...], unplanned: int | None
) -> None:
    (failed,) = repair(replace(document, is_overdue=True), *waiting, unplanned=unplanned)
    assert isinstance(failed, DocumentFailed)


def test_without_any_engine_nothing_is_repaired() -> None:
    assert plan_repairs(Snapshot(ACCEPTED, None, [PAGE]), frozenset(), Limits()) == []


def test_next_request_keeps_spent_seconds_and_reasons() -> None:
    (first,) = repair(ACCEPTED, PAGE)
    assert isinstance(first, PageRequested)
    undelivered = first.model_copy(update={"why": "a scan; first", "attempt": 1, "spent": {"surya": 3.0}})

    (next_request,) = repair(ACCEPTED, replace(PAGE, undelivered_request=undelivered))

    assert isinstance(next_request, PageRequested)
    assert (next_request.engine, next_request.why, next_request.spent) == (
        "rapidocr",
        "a scan; first; tesseract did not answer",
        {"surya": 3.0},
    )


@pytest.mark.parametrize("page", [replace(PAGE, attempts=99, failed_requests=4), replace(PAGE, attempts=99)])
def test_page_is_not_abandoned_early(page: WaitingPage) -> None:
    assert isinstance(repair(ACCEPTED, page)[0], PageRequested)


@pytest.mark.parametrize("document", [UNACCEPTED, ACCEPTED, replace(ACCEPTED, state="assembling")])
def test_overdue_document_only_fails(document: StalledDocument) -> None:
    (failed,) = repair(replace(document, is_overdue=True), PAGE, unplanned=1)
    assert isinstance(failed, DocumentFailed)
    assert failed.reason is DocumentFailure.DEADLINE_EXCEEDED
