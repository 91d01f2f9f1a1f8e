from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from events.document import DocumentFailed, DocumentRecognized, DocumentUploaded, Options, OutputFormat
from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import DocumentFailure, PageFailure
from functions.reconciler.asking import Waiting
from functions.reconciler.best import Best
from functions.reconciler.missing import Stuck, missing
from tests.unit.engine.engine_fakes import reading
from tests.unit.reconciler.stuck import ACCEPTED, HERE, KEY, NOON, PAGE, UNKNOWN


@dataclass(frozen=True)
class Bounds:
    max_attempts: int = 5
    attempts_before_others: int = 2
    inline_text_bytes: int = 1000


def look(stuck: Stuck, *waiting: Waiting, unplanned: int | None = None) -> list[Event]:
    return missing(stuck, unplanned, waiting, HERE, Bounds())


def test_a_document_that_was_never_accepted_is_announced_again() -> None:
    assert look(UNKNOWN) == [DocumentUploaded(bucket="uploads", key=KEY, etag="abc")]


def test_a_fresh_reading_that_was_never_accepted_is_announced_as_such() -> None:
    (upload,) = look(replace(UNKNOWN, run=2))
    assert isinstance(upload, DocumentUploaded)
    assert upload.options == Options(run=2)


def test_pages_without_a_plan_are_announced_with_the_options_that_were_settled() -> None:
    (upload,) = look(ACCEPTED, unplanned=3)
    assert isinstance(upload, DocumentUploaded)
    assert (upload.first_page, upload.pages, upload.version_id, upload.etag) == (3, 3, "v7", "abc")
    assert upload.options == Options(
        languages=("deu",),
        engines=("gotocr",),
        outputs=(OutputFormat.TEXT,),
        min_confidence=0.8,
        consensus=True,
    )


def test_a_document_that_is_announced_from_its_beginning_is_no_rest() -> None:
    (upload,) = look(ACCEPTED, unplanned=1)
    assert isinstance(upload, DocumentUploaded)
    assert (upload.first_page, upload.pages) == (1, None)


def test_a_page_that_waits_is_requested_again_along_its_plan_with_the_attempt_counted() -> None:
    (request,) = look(ACCEPTED, PAGE)
    assert isinstance(request, PageRequested)
    assert (request.engine, request.route, request.why) == ("tesseract", ("rapidocr",), "a scan")
    assert (request.page, request.pages, request.attempt, request.requested_at) == (2, 3, 2, NOON)
    assert (request.languages, request.min_confidence, request.best) == (("deu",), 0.8, None)
    assert request.consensus


def test_what_lacks_both_gets_both() -> None:
    assert [type(event) for event in look(ACCEPTED, PAGE, unplanned=3)] == [DocumentUploaded, PageRequested]


def test_a_document_that_is_not_assembled_is_sent_to_assembly_again() -> None:
    (recognized,) = look(replace(ACCEPTED, state="assembling"))
    assert isinstance(recognized, DocumentRecognized)
    assert (recognized.pages, recognized.outputs) == (3, (OutputFormat.TEXT,))


@pytest.mark.parametrize("refused", [5, 6])
def test_a_page_that_keeps_ending_its_engine_is_given_up(refused: int) -> None:
    (failed,) = look(ACCEPTED, replace(PAGE, attempts=7, refused=refused))
    assert isinstance(failed, PageFailed)
    assert (failed.reason, failed.page, failed.attempt) == (PageFailure.GAVE_UP, 2, 7)
    assert str(refused) in failed.message


def test_a_page_of_which_no_engine_is_here_ends_and_says_which_and_the_others_go_on() -> None:
    failed, request = look(ACCEPTED, replace(PAGE, page=1, route=["surya", "gotocr"]), PAGE)

    assert isinstance(failed, PageFailed)
    assert (failed.reason, failed.page, failed.engine) == (PageFailure.NO_ENGINE, 1, "surya")
    assert "surya, gotocr" in failed.message
    assert isinstance(request, PageRequested)


def test_the_best_reading_of_a_page_of_which_no_engine_is_here_is_its_result_and_says_why() -> None:
    (asked,) = look(ACCEPTED, PAGE)
    assert isinstance(asked, PageRequested)
    last = asked.model_copy(
        update={"engine": "surya", "spent": {"gotocr": 2.0, "surya": 3.0}, "requested_at": NOON - timedelta(hours=1)}
    )
    best = Best(reading("gotocr", 0.6, "Maß"), "s3://results/readings/acme/0/2/gotocr-1-deu.json", last)

    (said,) = look(ACCEPTED, replace(PAGE, route=["gotocr", "surya"], undelivered=last, best=best))

    assert isinstance(said, PageRecognized)
    assert (said.page, said.pages, said.attempt, said.dataref) == (2, 3, 1, best.dataref)
    assert (said.engine, said.text, said.confidence, said.best_effort) == ("gotocr", "Maß", 0.6, True)
    assert said.why == ("a scan; none of its engines is here any more: gotocr, surya; gotocr has the best reading")
    assert (said.seconds.waiting, said.seconds.reading, said.seconds.others) == (3600, 1.5, {"surya": 3.0})


def kept(confidence: float = 0.6) -> Best:
    (asked,) = look(ACCEPTED, PAGE)
    assert isinstance(asked, PageRequested)
    return Best(reading("tesseract", confidence, "Maß"), "s3://results/readings/acme/0/2/tesseract-1-deu.json", asked)


def test_a_page_that_keeps_ending_an_engine_ends_with_what_another_one_has_read() -> None:
    (said,) = look(ACCEPTED, replace(PAGE, attempts=7, refused=5, best=kept()))

    assert isinstance(said, PageRecognized)
    assert (said.page, said.attempt, said.engine, said.text, said.best_effort) == (2, 7, "tesseract", "Maß", True)
    assert said.why == "a scan; no engine survived it in 5 attempts; tesseract has the best reading"


def test_a_reading_as_sure_as_was_wanted_is_no_mere_effort() -> None:
    (said,) = look(ACCEPTED, replace(PAGE, refused=5, best=kept(0.8)))

    assert isinstance(said, PageRecognized)
    assert not said.best_effort


def test_a_document_past_its_deadline_that_waits_for_better_readings_alone_gets_those_that_are_there() -> None:
    waiting = replace(PAGE, best=kept()), replace(PAGE, page=3, best=kept())

    said = look(replace(ACCEPTED, overdue=True), *waiting)

    assert [type(page) for page in said] == [PageRecognized, PageRecognized]
    assert [page.page for page in said if isinstance(page, PageRecognized)] == [2, 3]
    assert all("it was not finished in time" in page.why for page in said if isinstance(page, PageRecognized))


@pytest.mark.parametrize(
    ("stuck", "waiting", "unplanned"),
    [
        (ACCEPTED, (replace(PAGE, best=kept()), replace(PAGE, page=3)), None),
        (ACCEPTED, (replace(PAGE, best=kept()),), 3),
        (ACCEPTED, (), None),
        (replace(ACCEPTED, state="assembling"), (), None),
    ],
    ids=["one of two was never read", "one was never planned", "nothing is waited for", "it waits for assembly"],
)
def test_a_document_past_its_deadline_that_lacks_more_than_that_fails(
    stuck: Stuck, waiting: tuple[Waiting, ...], unplanned: int | None
) -> None:
    (failed,) = look(replace(stuck, overdue=True), *waiting, unplanned=unplanned)
    assert isinstance(failed, DocumentFailed)


def test_no_page_ends_or_is_asked_for_while_kafka_has_no_engine_at_all() -> None:
    assert missing(ACCEPTED, None, [PAGE], frozenset(), Bounds()) == []


def test_what_engines_have_spent_and_why_they_were_asked_goes_along_when_the_page_goes_on() -> None:
    (first,) = look(ACCEPTED, PAGE)
    assert isinstance(first, PageRequested)
    returned = first.model_copy(update={"why": "a scan; first", "attempt": 1, "spent": {"surya": 3.0}})

    (onward,) = look(ACCEPTED, replace(PAGE, undelivered=returned))

    assert isinstance(onward, PageRequested)
    assert (onward.engine, onward.why, onward.spent) == (
        "rapidocr",
        "a scan; first; tesseract did not answer",
        {"surya": 3.0},
    )


@pytest.mark.parametrize("page", [replace(PAGE, attempts=99, refused=4), replace(PAGE, attempts=99)])
def test_a_page_is_not_given_up_early_or_for_an_engine_that_is_not_there(page: Waiting) -> None:
    assert isinstance(look(ACCEPTED, page)[0], PageRequested)


@pytest.mark.parametrize("stuck", [UNKNOWN, ACCEPTED, replace(ACCEPTED, state="assembling")])
def test_a_document_past_its_deadline_fails_and_nothing_else_is_asked_for(stuck: Stuck) -> None:
    (failed,) = look(replace(stuck, overdue=True), PAGE, unplanned=1)
    assert isinstance(failed, DocumentFailed)
    assert failed.reason is DocumentFailure.DEADLINE_EXCEEDED
