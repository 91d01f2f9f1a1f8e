"""What `pagebus status` prints, with fakes in the place of everything that runs."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from typer.testing import Result

from local.cli import documents, live
from local.cli.awaited import standing
from local.cli.dead_letters.letterbox import Kept
from local.cli.documents import Document, Page
from local.cli.errors import Failed
from tests.unit.cli.known import DONE, ID, NOON, OPEN

Command = Callable[..., Result]
LETTER = Kept(
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
def test_one_document_is_told_page_by_page(pagebus: Command, one: Callable[..., None]) -> None:
    one(
        DONE,
        Page(1, "recognized", "tesseract", 0.93, 0.5, None, None, ("tesseract",), "a scan"),
        Page(2, "failed", None, None, None, "crashed", "It ended its engine.", ("tesseract",), "a scan", 3),
        message="Scan page 2 again.",
    )

    said = json.loads(pagebus("status", ID[:6], "--json").stdout)

    assert (said["document"]["document"], said["message"]) == (ID, "Scan page 2 again.")
    assert said["waits_for"] == said["dead_letters"] == []
    assert said["pages"][1] == {
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
        "unsure": False,
        "empty": False,
    }
    printed = pagebus("status", ID[:6]).stdout
    assert all(told in printed for told in ("Scan page 2 again.", "crashed: It ended its engine."))
    assert printed.endswith("1 of 3 pages failed. crashed: page 2.\n")


@pytest.mark.usefixtures("up")
def test_a_document_that_does_not_move_says_what_it_waits_for(pagebus: Command, one: Callable[..., None]) -> None:
    waiting = Page(2, "requested", None, None, None, None, None, ("intake", "gotocr"), "a scan", 2)
    one(OPEN, Page(1, "recognized", "tesseract", 0.93, 0.5, None), waiting, replace(waiting, page=3), found=[LETTER])

    printed = pagebus("status", ID[:6]).stdout

    assert "Waits for intake: pages 2-3, since 2026-01-0" in printed
    assert "asked 2 times" in printed
    assert "then gotocr where it is not sure enough. It is asleep" in printed
    assert "page.requested  page 2  refused by tesseract  503  no memory" in printed
    [awaited] = json.loads(pagebus("status", ID[:6], "--json").stdout)["waits_for"]
    assert (awaited["function"], awaited["pages"], awaited["asked"], awaited["state"]) == (
        "intake",
        [2, 3],
        2,
        "asleep",
    )


@pytest.mark.usefixtures("up")
def test_a_document_that_waits_for_what_runs_nowhere_says_so(pagebus: Command, one: Callable[..., None]) -> None:
    one(OPEN, *(Page(page, "requested", None, None, None, None, None, ("gotocr",)) for page in (1, 2, 3)))

    assert "No gotocr runs here." in pagebus("status", ID[:6]).stdout


@pytest.mark.usefixtures("up")
def test_watching_a_document_ends_with_it_and_tells_every_change_once(
    pagebus: Command, one: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one(OPEN)
    ahead = iter([OPEN, OPEN, replace(OPEN, recognized=2), DONE])
    monkeypatch.setattr(documents, "find", lambda *_: next(ahead))
    monkeypatch.setattr(live, "_PAUSE_S", 0)

    result = pagebus("status", ID[:6], "--watch", "--json")

    told = [json.loads(line)["document"] for line in result.stdout.splitlines()]
    assert [(one["state"], one["recognized"]) for one in told] == [("open", 1), ("open", 2), ("completed", 2)]
    assert result.exit_code == 0


@pytest.mark.usefixtures("up")
def test_watching_goes_on_while_something_does_not_answer(
    pagebus: Command, one: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one(DONE)
    ahead: Iterator[Document | Failed] = iter([OPEN, Failed("PostgreSQL does not answer."), DONE])

    def find(*_: object) -> Document:
        if isinstance(now := next(ahead), Failed):
            raise now
        return now

    monkeypatch.setattr(documents, "find", find)
    monkeypatch.setattr(live, "_PAUSE_S", 0)

    result = pagebus("status", ID[:6], "--watch")

    assert result.exit_code == 0
    assert result.stdout.index("open") < result.stdout.index("does not answer") < result.stdout.index("completed")


@pytest.mark.parametrize(
    ("function", "state"),
    [
        ({"desired": 0, "ready": 0, "queue": 0}, "asleep"),
        ({"desired": 1, "ready": 0, "queue": 0}, "waking"),
        ({"desired": 0, "ready": 0, "queue": 1}, "waking"),
        ({"desired": 0, "ready": 1, "queue": 0}, "awake"),
        ({"desired": 1, "ready": 0, "queue": 1, "failing": "ended with status 2"}, "failing"),
    ],
)
def test_a_function_is_told_in_a_word(function: dict[str, object], state: str) -> None:
    assert standing(function) == state
