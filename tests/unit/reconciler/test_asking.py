"""Which engine is asked for a page that waits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from events.identity import document_id
from events.page import PageRequested, ReadingRef
from functions.reconciler.asking import Asking, Waiting, asking, within_reach

ROUTE = ["tesseract", "rapidocr", "surya"]
PAGE = Waiting(page=2, route=ROUTE, why="a scan", attempts=1, refused=0)
KEY = "in/acme/a.pdf"
DOCUMENT = document_id(tenant="acme", bucket="uploads", key=KEY, etag="abc")
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


def after(undelivered: PageRequested, attempts: int = 1) -> Asking:
    return asking(replace(PAGE, attempts=attempts, undelivered=undelivered), attempts_before_others=2)


def test_a_page_whose_request_came_back_goes_on_to_the_next_engine_and_says_why() -> None:
    said = after(request("tesseract", "rapidocr", "surya"))

    assert (said.engine, said.route, said.best) == ("rapidocr", ("surya",), None)
    assert said.why == "a scan; tesseract did not answer"


def test_a_page_that_was_passed_on_goes_on_from_there_with_its_best_reading() -> None:
    said = after(request("rapidocr", "surya", best=BEST))

    assert (said.engine, said.route, said.best) == ("surya", (), BEST)


def test_at_the_end_of_the_route_whoever_has_the_best_reading_is_asked_for_it() -> None:
    said = after(request("surya", best=BEST))

    assert (said.engine, said.route, said.best) == ("tesseract", (), BEST)
    assert "surya, the last on the route" in said.why


def test_at_the_end_of_the_route_without_any_reading_it_begins_again() -> None:
    three = replace(PAGE, attempts=3, undelivered=request("surya", attempt=3))
    assert asking(three, attempts_before_others=2).engine == "tesseract"


def test_where_even_the_best_reading_s_engine_is_gone_the_others_have_their_turn() -> None:
    asked = [after(request("tesseract", best=BEST, attempt=n), attempts=n).engine for n in (4, 5, 6)]

    assert sorted(asked) == sorted(ROUTE)


def test_an_older_request_that_came_back_says_nothing_of_the_last_one() -> None:
    said = after(request("rapidocr", "surya", best=BEST, attempt=2), attempts=3)

    assert said == asking(replace(PAGE, attempts=3), attempts_before_others=2)


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_an_engine_from_which_nothing_is_heard_is_asked_so_often_and_then_each_of_the_others(patience: int) -> None:
    turns = [asking(replace(PAGE, attempts=n), patience).engine for n in range(1, patience + 2)]

    assert ["tesseract", *turns] == [*["tesseract"] * patience, "rapidocr", "surya"]


def test_whoever_was_passed_over_is_still_on_the_route_and_the_last() -> None:
    said = asking(replace(PAGE, attempts=2), attempts_before_others=2)

    assert (said.engine, said.route) == ("rapidocr", ("surya", "tesseract"))
    assert said.why == "a scan; tesseract did not answer"


def test_once_all_had_their_turn_each_is_asked_alone() -> None:
    again = [asking(replace(PAGE, attempts=n), attempts_before_others=1) for n in (3, 4, 5, 6)]

    assert [one.engine for one in again] == [*ROUTE, "tesseract"]
    assert [one.route for one in again] == [()] * 4


def test_a_route_of_one_engine_is_that_engine_for_ever() -> None:
    alone = replace(PAGE, route=["tesseract"])

    assert {asking(replace(alone, attempts=n), 2).engine for n in range(1, 9)} == {"tesseract"}
    assert after(request("tesseract")).engine in ROUTE


def test_engines_that_are_no_more_are_not_asked() -> None:
    returned = request("tesseract", "rapidocr", "surya")
    page = within_reach(replace(PAGE, undelivered=returned), {"tesseract", "surya"})

    said = asking(page, attempts_before_others=2)

    assert (said.engine, said.route) == ("surya", ())


def test_whoever_read_the_page_is_asked_alone_where_all_others_are_no_more() -> None:
    page = within_reach(replace(PAGE, undelivered=request("tesseract", "rapidocr", "surya")), {"tesseract"})

    said = asking(page, attempts_before_others=2)

    assert (said.engine, said.route) == ("tesseract", ())


def test_where_no_engine_is_left_nobody_is_on_the_route() -> None:
    page = within_reach(replace(PAGE, undelivered=request("tesseract", "rapidocr")), set())

    assert (page.route, page.undelivered and page.undelivered.route) == ([], ())
