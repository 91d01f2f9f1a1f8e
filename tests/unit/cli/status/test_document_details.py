"""The details of a document in `pagebus status`, with fakes of all servers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from typer.testing import Result

from local.cli.queries import documents
from local.cli.queries.dead_letters import DeadLetterRow
from local.cli.queries.documents import Document
from local.cli.queries.pages import PageStatus
from local.cli.shell.errors import CommandFailedError
from local.cli.status import live
from local.cli.status.function_table import get_function_state
from local.twin.state import FunctionState
from tests.unit.cli.known import DONE, ID, NOON, OPEN

Command = Callable[..., Result]
LETTER = DeadLetterRow(
    letter=ID,
    id="1",
    source="/pagebus/intake",
    type="io.pagebus.page.requested.v1",
    subject=f"{ID}/pages/2",
    error_dest="http://tesseract.default.svc.cluster.local",
    code=503,
    answer="no memory",
    first_at=NOON,
    last_at=NOON,
    times=1,
    resent=0,
    resent_at=None,
)


@pytest.mark.usefixtures("up")
def test_status_shows_each_page_of_a_document(pagebus: Command, set_document: Callable[..., None]) -> None:
    set_document(
        DONE,
        PageStatus(1, "recognized", "tesseract", 0.93, 0.5, None, None, ("tesseract",), "a scan"),
        PageStatus(2, "failed", None, None, None, "crashed", "It ended its engine.", ("tesseract",), "a scan", 3),
        message="Scan page 2 again.",
    )

    printed = json.loads(pagebus("status", ID[:6], "--json").stdout)

    assert (printed["document"]["document"], printed["message"]) == (ID, "Scan page 2 again.")
    assert printed["waits_for"] == printed["dead_letters"] == []
    assert printed["pages"][1] == {
        "page": 2,
        "state": "failed",
        "engine": None,
        "confidence": None,
        "seconds": None,
        "reason": "crashed",
        "message": "It ended its engine.",
        "route": ["tesseract"],
        "why": "a scan",
        "attempts": 3,
        "best_effort": False,
        "low_confidence": False,
        "empty": False,
    }
    output = pagebus("status", ID[:6]).stdout
    assert all(text in output for text in ("Scan page 2 again.", "crashed: It ended its engine."))
    assert output.endswith("1 of 3 pages failed. crashed: page 2.\n")


@pytest.mark.usefixtures("up")
def test_stalled_document_shows_its_pending_work(pagebus: Command, set_document: Callable[..., None]) -> None:
    waiting = PageStatus(2, "requested", None, None, None, None, None, ("intake", "gotocr"), "a scan", 2)
    set_document(
        OPEN,
        PageStatus(1, "recognized", "tesseract", 0.93, 0.5, None),
        waiting,
        replace(waiting, page=3),
        letters=[LETTER],
    )

    printed = pagebus("status", ID[:6]).stdout

    assert "Waits for intake: pages 2-3, since 2026-01-0" in printed
    assert "requested 2 times" in printed
    assert "next engines if its confidence is too low: gotocr. It is asleep" in printed
    assert "page.requested  page 2  refused by tesseract  503  no memory" in printed
    [work] = json.loads(pagebus("status", ID[:6], "--json").stdout)["waits_for"]
    assert (work["function"], work["pages"], work["requests"], work["state"]) == (
        "intake",
        [2, 3],
        2,
        "asleep",
    )


@pytest.mark.usefixtures("up")
def test_pending_work_of_a_missing_function_is_reported(pagebus: Command, set_document: Callable[..., None]) -> None:
    set_document(
        OPEN, *(PageStatus(page, "requested", None, None, None, None, None, ("gotocr",)) for page in (1, 2, 3))
    )

    assert "No function named gotocr runs here." in pagebus("status", ID[:6]).stdout


@pytest.mark.usefixtures("up")
def test_watched_document_is_printed_per_change_until_its_end(
    pagebus: Command, set_document: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_document(OPEN)
    states = iter([OPEN, OPEN, replace(OPEN, recognized=2), DONE])
    monkeypatch.setattr(documents, "find_document", lambda *_: next(states))
    monkeypatch.setattr(live, "_INTERVAL_S", 0)

    result = pagebus("status", ID[:6], "--watch", "--json")

    printed = [json.loads(line)["document"] for line in result.stdout.splitlines()]
    assert [(document["state"], document["recognized"]) for document in printed] == [
        ("open", 1),
        ("open", 2),
        ("completed", 2),
    ]
    assert result.exit_code == 0


@pytest.mark.usefixtures("up")
def test_watch_goes_on_after_a_failed_query(
    pagebus: Command, set_document: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_document(DONE)
    states: Iterator[Document | CommandFailedError] = iter(
        [OPEN, CommandFailedError("PostgreSQL does not answer."), DONE]
    )

    def find(*_: object) -> Document:
        if isinstance(now := next(states), CommandFailedError):
            raise now
        return now

    monkeypatch.setattr(documents, "find_document", find)
    monkeypatch.setattr(live, "_INTERVAL_S", 0)

    result = pagebus("status", ID[:6], "--watch")

    assert result.exit_code == 0
    assert result.stdout.index("open") < result.stdout.index("does not answer") < result.stdout.index("completed")


@pytest.mark.parametrize(
    ("function", "state"),
    [
        (FunctionState("f"), "asleep"),
        (FunctionState("f", desired=1), "waking"),
        (FunctionState("f", queue_length=1), "waking"),
        (FunctionState("f", ready=1), "awake"),
        (FunctionState("f", desired=1, queue_length=1, failure="ended with status 2"), "failing"),
    ],
)
def test_function_state_is_one_word(function: FunctionState, state: str) -> None:
    assert get_function_state(function) == state
