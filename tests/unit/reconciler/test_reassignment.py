"""Reassignment: which engine gets the next request for a waiting page."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from events.identity import compute_document_id
from events.page import PageRequested, ReadingRef
from functions.reconciler.reassignment import Assignment, reassign, remove_unavailable_engines
from functions.reconciler.snapshot import WaitingPage

ROUTE = ["tesseract", "rapidocr", "surya"]
PAGE = WaitingPage(page=2, route=ROUTE, why="a scan", attempts=1, failed_requests=0)
KEY = "in/acme/a.pdf"
DOCUMENT = compute_document_id(tenant="acme", bucket="uploads", key=KEY, etag="abc")
BEST = ReadingRef(
    engine="tesseract",
    engine_version="5",
    confidence=0.6,
    dataref=f"s3://results/readings/acme/{'0' * 64}/2/tesseract-5-deu.json",
)


def request(engine: str, *route: str, best: ReadingRef | None = None, attempt: int = 1) -> PageRequested:
    return PageRequested(
        document=DOCUMENT,
        tenant="acme",
        bucket="uploads",
        key=KEY,
        etag="abc",
        page=2,
        pages=3,
        sha256="0" * 64,
        media_type="application/pdf",
        languages=("deu",),
        engine=engine,
        route=route,
        why="a scan",
        min_confidence=0.8,
        best=best,
        attempt=attempt,
        requested_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
    )


def reassign_after(undelivered: PageRequested, attempts: int = 1) -> Assignment:
    return reassign(replace(PAGE, attempts=attempts, undelivered_request=undelivered), attempts_before_others=2)


def test_undelivered_request_goes_to_next_engine_with_reason() -> None:
    assignment = reassign_after(request("tesseract", "rapidocr", "surya"))

    assert (assignment.engine, assignment.route, assignment.best) == ("rapidocr", ("surya",), None)
    assert assignment.why == "a scan; tesseract did not answer"


def test_undelivered_request_keeps_best_reading() -> None:
    assignment = reassign_after(request("rapidocr", "surya", best=BEST))

    assert (assignment.engine, assignment.route, assignment.best) == ("surya", (), BEST)


def test_last_engine_fails_and_engine_of_best_reading_is_asked() -> None:
    assignment = reassign_after(request("surya", best=BEST))

    assert (assignment.engine, assignment.route, assignment.best) == ("tesseract", (), BEST)
    assert "surya, the last on the route" in assignment.why


def test_end_of_route_without_reading_starts_again() -> None:
    page = replace(PAGE, attempts=3, undelivered_request=request("surya", attempt=3))
    assert reassign(page, attempts_before_others=2).engine == "tesseract"


def test_unavailable_engine_of_best_reading_tries_others() -> None:
    engines = [reassign_after(request("tesseract", best=BEST, attempt=n), attempts=n).engine for n in (4, 5, 6)]

    assert sorted(engines) == sorted(ROUTE)


def test_older_undelivered_request_is_ignored() -> None:
    assignment = reassign_after(request("rapidocr", "surya", best=BEST, attempt=2), attempts=3)

    assert assignment == reassign(replace(PAGE, attempts=3), attempts_before_others=2)


@pytest.mark.parametrize("attempts_before_others", [1, 2, 3])
def test_silent_engine_is_followed_by_the_others(attempts_before_others: int) -> None:
    engines = [
        reassign(replace(PAGE, attempts=n), attempts_before_others).engine for n in range(1, attempts_before_others + 2)
    ]

    assert ["tesseract", *engines] == [*["tesseract"] * attempts_before_others, "rapidocr", "surya"]


def test_skipped_engine_comes_last_on_route() -> None:
    assignment = reassign(replace(PAGE, attempts=2), attempts_before_others=2)

    assert (assignment.engine, assignment.route) == ("rapidocr", ("surya", "tesseract"))
    assert assignment.why == "a scan; tesseract did not answer"


def test_after_one_round_engines_are_asked_alone() -> None:
    assignments = [reassign(replace(PAGE, attempts=n), attempts_before_others=1) for n in (3, 4, 5, 6)]

    assert [assignment.engine for assignment in assignments] == [*ROUTE, "tesseract"]
    assert [assignment.route for assignment in assignments] == [()] * 4


def test_single_engine_is_asked_every_time() -> None:
    page = replace(PAGE, route=["tesseract"])

    assert {reassign(replace(page, attempts=n), 2).engine for n in range(1, 9)} == {"tesseract"}
    assert reassign_after(request("tesseract")).engine in ROUTE


def test_unavailable_engine_is_not_asked() -> None:
    returned = request("tesseract", "rapidocr", "surya")
    page = remove_unavailable_engines(replace(PAGE, undelivered_request=returned), {"tesseract", "surya"})

    assignment = reassign(page, attempts_before_others=2)

    assert (assignment.engine, assignment.route) == ("surya", ())


def test_only_available_engine_is_asked_alone() -> None:
    page = remove_unavailable_engines(
        replace(PAGE, undelivered_request=request("tesseract", "rapidocr", "surya")), {"tesseract"}
    )

    assignment = reassign(page, attempts_before_others=2)

    assert (assignment.engine, assignment.route) == ("tesseract", ())


def test_route_is_empty_without_available_engines() -> None:
    page = remove_unavailable_engines(replace(PAGE, undelivered_request=request("tesseract", "rapidocr")), set())

    assert (page.route, page.undelivered_request and page.undelivered_request.route) == ([], ())
