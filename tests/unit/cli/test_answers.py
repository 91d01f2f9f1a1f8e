"""What the verbs print, with fakes in the place of everything that runs."""

import json
import shlex
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import documents, letters, twin, upload, waiting
from local.cli import text as texts
from local.cli.documents import Document, Page
from local.cli.errors import Failed
from local.cli.letters import Newest
from local.cli.screen import printable

Command = Callable[..., Result]
ID = "0f3a9c1e-0000-5000-8000-000000000001"
OPEN = Document(ID, "acme", "in/acme/a.pdf", "open", 3, 1)
DONE = Document(ID, "acme", "in/acme/a.pdf", "completed", 3, 2, 1)
BAD = Document(ID, "acme", "in/acme/a.pdf", "rejected", None, 0, 0, "damaged_pdf")


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a document take these steps, one per look."""

    def steps(*taken: Document) -> None:
        ahead = chain(taken, repeat(taken[-1]))
        monkeypatch.setattr(documents, "runs", lambda *_: [])
        monkeypatch.setattr(documents, "named", lambda *_: {ID: next(ahead)})
        monkeypatch.setattr(documents, "outputs", lambda *_: {"text": "s3://r/t"})
        monkeypatch.setattr(documents, "find", lambda *_: taken[-1])
        monkeypatch.setattr(upload, "put", lambda *_: Document(ID, "acme", "in/acme/a.pdf", "uploaded"))
        monkeypatch.setattr(texts, "read", lambda *_: "Größe\fMaß".encode())

    return steps


@pytest.mark.usefixtures("up")
def test_status_as_json_has_exactly_the_promised_fields(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    function = {"name": "intake", "revision": "intake-00001", "desired": 1, "ready": 1, "queue": 0, "in_flight": 0}
    lags = [{"topic": "pagebus.uploads", "lag": 2}, {"topic": "pagebus.uploads", "lag": 3}]
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [function], "sources": lags})
    monkeypatch.setattr(documents, "newest", lambda *_, **__: [OPEN])

    said = json.loads(pagebus("status", "--json").stdout)

    assert said == {
        "functions": [{"name": "intake", "revision": "intake-00001", "desired": 1, "ready": 1, "queue": 0}],
        "documents": [
            {
                "document": ID,
                "tenant": "acme",
                "key": "in/acme/a.pdf",
                "state": "open",
                "pages": 3,
                "recognized": 1,
                "failed": 0,
                "reason": None,
            }
        ],
        "topics": [{"name": "pagebus.uploads", "lag": 5}],
    }


@pytest.mark.usefixtures("up")
def test_status_names_what_keeps_failing_and_the_newest_dead_letter(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    function = {"name": "hello", "revision": "hello-00001", "desired": 1, "ready": 0, "queue": 2}
    why = "ended with status 2, 3 times in a row; see logs/hello-1.log"
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [function | {"failing": why}], "sources": []})
    monkeypatch.setattr(documents, "newest", lambda *_, **__: [])
    monkeypatch.setattr(letters, "newest", lambda _: Newest(2, "io.acme.odd", 422, "bad shape\nand a long trace"))

    said = pagebus("status").stdout

    assert f"hello  {why}" in said
    assert str(home / "logs") in said.replace("\n", "")
    assert "dead letters  2  newest: io.acme.odd 422 bad shape\n" in said


def test_a_dead_letter_takes_one_line_however_much_was_answered() -> None:
    assert str(Newest(1, "io.acme.odd", None, None)) == "io.acme.odd no answer"
    assert len(str(Newest(1, "io.acme.odd", 500, "x" * 500))) == 80


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(("flags", "limit"), [(["--json"], None), ([], 20), (["--limit", "3", "--json"], 3)])
def test_all_documents_are_listed_as_json_and_twenty_in_the_table(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, flags: list[str], limit: int | None
) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [], "sources": []})

    def newest(_: str, **filters: object) -> list[Document]:
        asked.append(filters)
        return []

    monkeypatch.setattr(documents, "newest", newest)
    monkeypatch.setattr(letters, "newest", lambda _: None)

    assert pagebus("status", "--state", "failed", "--tenant", "acme", *flags).exit_code == 0
    assert asked == [{"state": "failed", "tenant": "acme", "limit": limit}]


@pytest.mark.usefixtures("up")
def test_one_document_is_told_page_by_page(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, reading: Callable[..., None]
) -> None:
    reading(DONE)
    pages = [Page(1, "recognized", "tesseract", 0.93, 0.5, None), Page(2, "failed", None, None, None, "crashed")]
    monkeypatch.setattr(documents, "pages", lambda *_: pages)
    monkeypatch.setattr(documents, "message", lambda *_: "Scan page 2 again.")

    said = json.loads(pagebus("status", ID[:6], "--json").stdout)

    assert said["document"]["document"] == ID
    assert [(page["page"], page["state"], page["reason"]) for page in said["pages"]] == [
        (1, "recognized", None),
        (2, "failed", "crashed"),
    ]
    printed = pagebus("status", ID[:6]).stdout
    assert "crashed" in printed
    assert "Scan page 2 again." in printed


@pytest.mark.usefixtures("up")
def test_waiting_shows_pages_coming_in_and_ends_with_the_text(pagebus: Command, reading: Callable[..., None]) -> None:
    reading(OPEN, DONE)

    result = pagebus("submit", __file__, "--wait")

    assert result.exit_code == 0
    assert result.stdout == f"{ID}  in/acme/a.pdf\nGröße\fMaß"
    assert "0f3a9c1e a.pdf open 1/3 pages" in result.stderr
    assert "completed 2/3 pages, 1 failed" in result.stderr
    assert "1 of 3 pages could not be read" in result.stderr


@pytest.mark.usefixtures("up")
def test_waiting_that_is_interrupted_says_that_reading_goes_on(
    pagebus: Command, reading: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> dict[str, Document]:
        raise KeyboardInterrupt

    reading(OPEN)
    monkeypatch.setattr(documents, "named", interrupted)

    result = pagebus("submit", __file__, "--wait")

    assert result.exit_code == 130
    assert "pagebus status 0f3a9c1e" in result.stderr


@pytest.mark.usefixtures("up")
def test_a_document_written_without_text_says_how_to_have_what_was_written(
    pagebus: Command, reading: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading(OPEN, DONE)
    monkeypatch.setattr(documents, "outputs", lambda *_: {"json": "s3://r/j"})

    result = pagebus("submit", __file__, "--wait", "--outputs", "json")

    assert result.exit_code == 0
    assert "pagebus text 0f3a9c1e --format json" in result.stderr


@pytest.mark.usefixtures("up")
def test_a_submitted_document_as_json_has_exactly_the_promised_fields(
    pagebus: Command, reading: Callable[..., None]
) -> None:
    reading(OPEN, DONE)

    [said] = json.loads(pagebus("submit", __file__, "--wait", "--json").stdout)

    assert said == {
        "document": ID,
        "tenant": "acme",
        "key": "in/acme/a.pdf",
        "state": "completed",
        "pages": 3,
        "recognized": 2,
        "failed": 1,
        "reason": None,
        "text": "Größe\fMaß",
        "known": False,
        "again": False,
    }


@pytest.mark.usefixtures("up")
def test_a_rejected_document_fails_the_command_with_its_reason(pagebus: Command, reading: Callable[..., None]) -> None:
    reading(BAD)

    result = pagebus("submit", __file__, "--wait")

    assert result.exit_code == 1
    assert "rejected: damaged_pdf" in result.stderr


@pytest.mark.usefixtures("up")
def test_a_file_known_to_be_unreadable_fails_the_command_without_waiting(
    pagebus: Command, reading: Callable[..., None]
) -> None:
    reading(BAD)

    result = pagebus("submit", __file__)

    assert result.exit_code == 1
    assert "rejected: damaged_pdf" in result.stderr


@pytest.mark.usefixtures("up")
def test_a_document_that_does_not_end_in_time_fails_the_command(pagebus: Command, reading: Callable[..., None]) -> None:
    reading(OPEN)

    result = pagebus("submit", __file__, "--wait", "--timeout", "0")

    assert result.exit_code == 1
    assert "has not ended in time" in result.stderr


def test_a_database_that_is_away_for_a_while_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, reading: Callable[..., None]
) -> None:
    reading(DONE)
    answer, away = documents.named, iter([True, False])

    def flaky(database: str, ids: list[str]) -> dict[str, Document]:
        if next(away):
            raise Failed("away")
        return answer(database, ids)

    monkeypatch.setattr(documents, "named", flaky)

    assert waiting.until_ended("", [OPEN], 60) == [DONE]


@pytest.mark.usefixtures("up")
def test_a_text_can_be_printed_written_or_told_as_json(
    pagebus: Command, reading: Callable[..., None], tmp_path: Path
) -> None:
    reading(DONE)
    file = tmp_path / "text.txt"

    assert pagebus("text", ID).stdout_bytes == "Größe\fMaß".encode()
    assert pagebus("text", ID, "-o", str(file)).stdout == ""
    assert file.read_text() == "Größe\fMaß"
    assert json.loads(pagebus("text", ID, "--json").stdout)["text"] == "Größe\fMaß"


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(("document", "said"), [(BAD, "rejected (damaged_pdf)"), (OPEN, "open, 1 of 3 pages")])
def test_a_document_without_text_says_its_state_and_why(
    pagebus: Command, reading: Callable[..., None], document: Document, said: str
) -> None:
    reading(document)

    result = pagebus("text", ID)

    assert result.exit_code == 1
    assert said in result.stderr


@pytest.mark.usefixtures("up")
def test_env_can_be_given_to_a_shell_whatever_the_values_hold(pagebus: Command) -> None:
    exports = dict(line.removeprefix("export ").split("=", 1) for line in pagebus("env").stdout.splitlines())

    assert shlex.split(exports["AWS_SECRET_ACCESS_KEY"]) == ["it's; secret"]
    assert json.loads(pagebus("env", "--json").stdout)["PAGEBUS_GATEWAY"] == "http://127.0.0.1:1"


def test_a_document_cannot_command_the_terminal() -> None:
    assert printable("a\x1b]0;owned\x07\n\tß\x9b") == "a ]0;owned \n\tß "
