"""The output of `pagebus submit`."""

import json
from collections.abc import Callable
from dataclasses import asdict

import pytest
from typer.testing import Result

from local.cli.queries import documents, outputs
from local.cli.queries.documents import Document
from tests.unit.cli.known import DONE, ID, OPEN, OPTIONS, PAGES

Command = Callable[..., Result]
BAD = Document(ID, "acme", "in/acme/a.pdf", "rejected", None, 0, 0, "damaged_pdf")


@pytest.mark.usefixtures("up")
def test_wait_shows_progress_and_prints_the_text(pagebus: Command, set_states: Callable[..., None]) -> None:
    set_states(OPEN, DONE)

    result = pagebus("submit", __file__, "--wait")

    assert result.exit_code == 0
    assert result.stdout == f"{ID}  in/acme/a.pdf\nGröße\fMaß"
    assert "0f3a9c1e a.pdf open 1/3 pages" in result.stderr
    assert "completed 2/3 pages, 1 failed" in result.stderr
    assert "1 of 3 pages could not be read" in result.stderr


@pytest.mark.usefixtures("up")
def test_interrupted_wait_says_that_reading_goes_on(
    pagebus: Command, set_states: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> dict[str, Document]:
        raise KeyboardInterrupt

    set_states(OPEN)
    monkeypatch.setattr(documents, "find_by_ids", interrupted)

    result = pagebus("submit", __file__, "--wait")

    assert result.exit_code == 130
    assert "pagebus status 0f3a9c1e" in result.stderr


@pytest.mark.usefixtures("up")
def test_document_without_text_output_names_another_format(
    pagebus: Command, set_states: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_states(OPEN, DONE)
    monkeypatch.setattr(outputs, "load_locations_by_document", lambda *_: {ID: {"json": "s3://r/j"}})

    result = pagebus("submit", __file__, "--wait", "--outputs", "json")

    assert result.exit_code == 0
    assert "pagebus text 0f3a9c1e --format json" in result.stderr


@pytest.mark.usefixtures("up")
def test_json_of_a_submission_has_the_documented_fields(pagebus: Command, set_states: Callable[..., None]) -> None:
    set_states(OPEN, DONE)

    [printed] = json.loads(pagebus("submit", __file__, "--wait", "--json").stdout)

    assert printed == {
        "document": ID,
        "tenant": "acme",
        "key": "in/acme/a.pdf",
        "state": "completed",
        "pages": 3,
        "recognized": 2,
        "failed": 1,
        "reason": None,
        "low_confidence": 0,
        "message": None,
        "text": "Größe\fMaß",
        "each_page": [{**asdict(page), "route": []} for page in PAGES],
        "known": False,
        "again": False,
        "options": {"then": None, "now": dict.fromkeys(OPTIONS)},
    }


@pytest.mark.usefixtures("up")
def test_rejected_document_fails_with_its_reason(pagebus: Command, set_states: Callable[..., None]) -> None:
    set_states(BAD)

    result = pagebus("submit", __file__, "--wait")

    assert result.exit_code == 1
    assert "rejected: damaged_pdf" in result.stderr


@pytest.mark.usefixtures("up")
def test_known_rejected_file_fails_without_waiting(pagebus: Command, set_states: Callable[..., None]) -> None:
    set_states(BAD)

    result = pagebus("submit", __file__)

    assert result.exit_code == 1
    assert "rejected: damaged_pdf" in result.stderr


@pytest.mark.usefixtures("up")
def test_timeout_fails_the_command(pagebus: Command, set_states: Callable[..., None]) -> None:
    set_states(OPEN)

    result = pagebus("submit", __file__, "--wait", "--timeout", "0")

    assert result.exit_code == 1
    assert "has not ended within the timeout" in result.stderr


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize("command", [["submit", __file__, "--wait"], ["text", ID]])
def test_json_of_a_text_has_the_state_of_each_page(
    pagebus: Command, set_states: Callable[..., None], command: list[str]
) -> None:
    set_states(DONE)

    printed = json.loads(pagebus(*command, "--json").stdout)

    document = printed[0] if isinstance(printed, list) else printed
    assert document["failed"] == 1
    assert [(page["page"], page["state"], page["empty"], page["reason"]) for page in document["each_page"]] == [
        (1, "recognized", False, None),
        (2, "recognized", True, None),
        (3, "failed", False, "crashed"),
    ]
