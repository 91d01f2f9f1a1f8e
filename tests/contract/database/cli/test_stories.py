"""How documents stand, asked of PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.persistence.handler import handle as commit
from functions.persistence.unsaid import forgetting
from functions.runtime.database import Database
from functions.runtime.trace import UNTRACED
from local.cli import documents
from local.cli.awaited import Awaited, awaited
from local.cli.errors import Failed
from local.cli.explanations import emptiness, explanations
from tests.contract.database.rows import execute
from tests.unit.persistence.outcomes import Made

MADE = Made("a.pdf", pages=3)
DOCUMENT = str(MADE.origin["document"])


@pytest.fixture
def take(database: Database) -> Callable[..., None]:
    """Commit outcomes, and publish to nobody."""

    def take(*outcomes: Any) -> None:
        say = forgetting(lambda events, trace=UNTRACED: None, database)  # noqa: ARG005  # nobody
        for outcome in outcomes:
            say(commit(outcome, traceparent=None, database=database).facts)

    return take


def waits_for(url: str) -> list[Awaited]:
    document = documents.find(url, DOCUMENT)
    return awaited(document, documents.course(url, DOCUMENT), documents.pages(url, DOCUMENT))


def test_a_page_is_told_with_its_route_its_attempts_and_what_people_should_know(
    url: str, database: Database, take: Callable[..., None]
) -> None:
    take(MADE.accepted(route=("tesseract", "gotocr")), MADE.recognized(1), MADE.failed(2))
    execute(database, "UPDATE pages SET attempts = 3 WHERE page = 2")

    first, second, third = documents.pages(url, DOCUMENT)

    assert (first.state, first.engine, first.confidence, first.why) == ("recognized", "tesseract", 0.75, "a scan")
    assert (second.state, second.reason, second.message, second.attempts) == (
        "failed",
        "damaged_page",
        "It cannot be drawn.",
        3,
    )
    assert (third.state, third.route, third.why, third.engine) == ("requested", ("tesseract", "gotocr"), "a scan", None)


def test_pages_of_several_documents_are_told_apart_and_of_what_nobody_knows_there_are_none(
    url: str, take: Callable[..., None]
) -> None:
    other, unknown = Made("b.pdf", pages=1), str(Made("c.pdf", pages=1).origin["document"])
    take(MADE.accepted(), MADE.failed(2), other.accepted(), other.recognized(1, text=""))

    found = documents.pages_of(url, [DOCUMENT, str(other.origin["document"]), unknown])

    assert [(page.page, page.state) for page in found[DOCUMENT]] == [
        (1, "requested"),
        (2, "failed"),
        (3, "requested"),
    ]
    assert [page.empty for page in found[str(other.origin["document"])]] == [True]
    assert found[unknown] == []


def test_pages_that_are_less_sure_than_was_asked_for_are_counted_and_told_and_where_nothing_was_read(
    url: str, take: Callable[..., None]
) -> None:
    unsure = MADE.recognized(2, confidence=0.4, best_effort=True)
    nothing = MADE.recognized(3, confidence=0.0, text="")
    take(MADE.accepted(), MADE.recognized(1), unsure, nothing)

    assert documents.find(url, DOCUMENT).unsure == 2
    assert [one.unsure for one in documents.newest(url, state=None, tenant=None, limit=9)] == [2]
    assert documents.course(url, DOCUMENT).wanted == 0.7
    told = [(page.unsure, page.best_effort, page.empty) for page in documents.pages(url, DOCUMENT)]
    assert told == [(False, False, False), (True, True, False), (True, False, True)]


def test_whoever_asks_about_a_page_learns_the_same_of_it(url: str, take: Callable[..., None]) -> None:
    sure, lost = MADE.recognized(1, confidence=1.0, text=""), MADE.recognized(2, confidence=0.0, text="")
    take(MADE.accepted(), sure, lost, MADE.recognized(3, confidence=0.4, text="", best_effort=True))
    take(MADE.assembled())
    completed = documents.find(url, DOCUMENT)

    named = [page.page for page in documents.pages(url, DOCUMENT) if page.unsure]

    assert named == [2, 3]
    assert completed.unsure == documents.newest(url, state=None, tenant=None, limit=9)[0].unsure == len(named)
    assert emptiness(url, [completed]) == {DOCUMENT: "Page 1 is empty. Nothing was read on pages 2-3."}


def test_pages_that_were_asked_for_wait_for_the_first_engine_of_their_route(
    url: str, database: Database, take: Callable[..., None]
) -> None:
    take(MADE.accepted(route=("tesseract", "gotocr")), MADE.recognized(1))
    execute(database, "UPDATE pages SET attempts = 2 WHERE page = 3")
    execute(database, "UPDATE documents SET pushed_at = pushed_at + interval '5 minutes', pushes = 1")

    [waiting] = waits_for(url)

    assert (waiting.function, waiting.pages, waiting.then, waiting.asked) == ("tesseract", (2, 3), ("gotocr",), 2)
    assert waiting.asked_at > waiting.since


def test_a_document_that_nobody_has_looked_at_waits_for_intake(url: str, take: Callable[..., None]) -> None:
    take(MADE.recognized(1))

    assert [(one.function, one.pages) for one in waits_for(url)] == [("intake", ())]


def test_pages_without_a_plan_wait_for_intake_and_so_do_those_with_a_text_layer(
    url: str, take: Callable[..., None]
) -> None:
    take(MADE.accepted(last=2, route=()), MADE.recognized(1))

    assert [(one.function, one.pages) for one in waits_for(url)] == [("intake", (3,)), ("intake", (2,))]


def test_a_document_whose_pages_are_all_in_waits_for_assembly_and_then_for_nobody(
    url: str, take: Callable[..., None]
) -> None:
    take(MADE.accepted(), *(MADE.recognized(page) for page in (1, 2, 3)))
    assert [(one.function, one.pages) for one in waits_for(url)] == [("assembly", ())]

    take(MADE.assembled())
    assert waits_for(url) == []


def test_documents_are_counted_by_state_in_the_order_of_their_lives(url: str, take: Callable[..., None]) -> None:
    for name in ("b", "c"):
        take(Made(name, pages=1).rejected())
    take(MADE.accepted())

    assert documents.states(url, None) == {"open": 1, "rejected": 2}
    assert list(documents.states(url, "acme")) == ["open", "rejected"]
    assert documents.states(url, "nobody") == {}


def test_outputs_are_told_for_many_documents_at_once(url: str, take: Callable[..., None]) -> None:
    take(MADE.accepted(), *(MADE.recognized(page) for page in (1, 2, 3)), MADE.assembled())

    assert documents.outputs_of(url, [DOCUMENT, "0" * 32]) == {DOCUMENT: {"text": "s3://results/documents/t"}}
    assert documents.outputs(url, DOCUMENT) == {"text": "s3://results/documents/t"}
    assert documents.outputs_of(url, []) == {}


def test_a_document_that_is_gone_is_a_failure(url: str) -> None:
    with pytest.raises(Failed, match="is gone"):
        documents.course(url, DOCUMENT)


def test_a_document_of_which_no_page_was_read_is_explained_by_the_first_page(
    url: str, take: Callable[..., None]
) -> None:
    take(MADE.accepted(), *(MADE.failed(page) for page in (1, 2, 3)))
    take(MADE.assembled())

    assert explanations(url, [documents.find(url, DOCUMENT)]) == {
        DOCUMENT: "None of its pages could be read; each page says why. Page 1: damaged_page: It cannot be drawn."
    }


def test_a_rejected_document_is_explained_by_what_intake_said(url: str, take: Callable[..., None]) -> None:
    take(MADE.rejected())

    assert explanations(url, [documents.find(url, DOCUMENT)]) == {DOCUMENT: MADE.rejected().message}


def test_empty_pages_are_told_from_those_on_which_an_engine_was_lost(url: str, take: Callable[..., None]) -> None:
    nothing = [MADE.recognized(page, text="", confidence=sure) for page, sure in ((1, 1.0), (2, 1.0), (3, 0.0))]
    take(MADE.accepted(), *nothing)
    take(MADE.assembled())
    completed = documents.find(url, DOCUMENT)

    assert emptiness(url, [completed]) == {DOCUMENT: "Pages 1-2 are empty. Nothing was read on page 3."}
    assert explanations(url, [completed]) == {}
