"""What the verbs print, with fakes in the place of everything that runs."""

import json
import shlex
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import documents, stack, twin, waiting
from local.cli.documents import Document
from local.cli.errors import Failed
from local.cli.screen import printable
from tests.unit.cli.known import DONE, ID, OPEN, PAGES, WISHES

Command = Callable[..., Result]
SURYA = {"engine": "surya", "why": "no weights in /models/surya", "advice": "Bring some."}
BAD = Document(ID, "acme", "in/acme/a.pdf", "rejected", None, 0, 0, "damaged_pdf")


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
    monkeypatch.setattr(documents, "outputs_of", lambda *_: {ID: {"json": "s3://r/j"}})

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
        "unsure": 0,
        "message": None,
        "text": "Größe\fMaß",
        "each_page": [{**asdict(page), "route": []} for page in PAGES],
        "known": False,
        "again": False,
        "wishes": {"then": None, "now": dict.fromkeys(WISHES)},
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

    assert waiting.until_ended("", [OPEN], 60, lambda: None) == [DONE]


def test_what_was_brought_down_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Failed("gone")

    monkeypatch.setattr(documents, "named", fail)

    with pytest.raises(Failed, match="gone"):
        waiting.until_ended("", [OPEN], 60, fail)


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
@pytest.mark.parametrize("verb", [["submit", __file__, "--wait"], ["text", ID]])
def test_a_program_that_has_a_text_learns_what_became_of_each_page(
    pagebus: Command, reading: Callable[..., None], verb: list[str]
) -> None:
    reading(DONE)

    said = json.loads(pagebus(*verb, "--json").stdout)

    told = said[0] if isinstance(said, list) else said
    assert told["failed"] == 1
    assert [(page["page"], page["state"], page["empty"], page["reason"]) for page in told["each_page"]] == [
        (1, "recognized", False, None),
        (2, "recognized", True, None),
        (3, "failed", False, "crashed"),
    ]


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


def test_up_again_with_other_manifests_names_them_and_offers_no_submit_without_intake(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(up, started=replace(up.started, manifests=("/acme/manifests",)))
    monkeypatch.setattr(stack, "running", lambda _: other)
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [{"name": "hello"}], "left_out": []})

    said = pagebus("up").stdout

    assert "up already, on the embedded platform, with the manifests in /acme/manifests." in said
    assert "pagebus submit" not in said
    assert "pagebus status" in said


def test_up_says_which_engines_are_left_out_and_what_to_do(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "running", lambda _: up)
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [{"name": "hello"}], "left_out": [SURYA]})

    assert "Left out: surya (no weights in /models/surya). Bring some.\n" in pagebus("up").stdout
    assert json.loads(pagebus("up", "--json").stdout)["left_out"] == [SURYA]


def test_up_says_that_the_folder_of_weights_is_not_there(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stack, "running", lambda _: up)
    monkeypatch.setenv("PAGEBUS_MODELS", str(tmp_path / "gone"))
    gone = pagebus("up", "--json")
    monkeypatch.setenv("PAGEBUS_MODELS", str(tmp_path))

    assert f"PAGEBUS_MODELS names {tmp_path / 'gone'}, which is not there." in gone.stderr.replace("\n", "")
    assert json.loads(gone.stdout)["left_out"] == []
    assert "PAGEBUS_MODELS" not in pagebus("up").stderr
