"""The same bytes under the same key are one document, until somebody asks for a fresh reading."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from events.document import DocumentUploaded
from events.identity import document_id
from local.cli import documents, submission, upload
from local.cli.documents import Document, Run
from local.cli.submission import last_runs

Command = Callable[..., Result]
KEY, ETAG = "in/acme/a.pdf", "0123"
ENDED = datetime(2026, 1, 2, 12, 2, tzinfo=UTC)


def _id(run: int, etag: str = ETAG) -> str:
    return str(document_id(tenant="acme", bucket="pagebus-uploads", key=KEY, etag=etag, run=run))


def _run(number: int, state: str = "completed", etag: str = ETAG) -> Run:
    return Run(_id(number, etag), KEY, etag, number, state, ENDED if state == "completed" else None)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[DocumentUploaded]]:
    """What is announced about a file that has been read in these runs."""

    def before(*runs: Run) -> list[DocumentUploaded]:
        said: list[DocumentUploaded] = []
        (tmp_path / "a.pdf").touch()
        monkeypatch.setattr(documents, "runs", lambda *_: list(runs))
        monkeypatch.setattr(documents, "named", lambda *_: {})
        monkeypatch.setattr(upload, "put", lambda *_: Document(_id(0), "acme", KEY, "uploaded"))
        monkeypatch.setattr(submission, "_publish", lambda _, event: said.append(event))
        return said

    return before


@pytest.mark.usefixtures("up")
def test_what_was_read_before_is_said_with_its_end_and_how_to_read_it_afresh(
    pagebus: Command, announced: Callable[..., list[Any]], tmp_path: Path
) -> None:
    said = announced(_run(0))

    result = pagebus("submit", str(tmp_path / "a.pdf"))

    assert "a.pdf was read before (2026-01-0" in result.stderr
    assert "`pagebus submit --again` has it read afresh" in result.stderr
    assert said == []


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(("state", "became"), [("rejected", "was rejected before"), ("failed", "failed before")])
def test_what_could_not_be_read_before_is_not_said_to_have_been_read(
    pagebus: Command, announced: Callable[..., list[Any]], tmp_path: Path, state: str, became: str
) -> None:
    announced(replace(_run(0), state=state))

    said = pagebus("submit", str(tmp_path / "a.pdf"), "--engines", "tesseract").stderr

    assert f"a.pdf {became} (2026-01-0" in said
    assert "`pagebus submit --again` has it read afresh, with these." in said
    assert "was read before" not in said


@pytest.mark.usefixtures("up")
def test_what_is_being_read_is_not_said_to_have_ended(
    pagebus: Command, announced: Callable[..., list[Any]], tmp_path: Path
) -> None:
    announced(_run(0, "open"))

    assert "is being read already" in pagebus("submit", str(tmp_path / "a.pdf")).stderr


@pytest.mark.usefixtures("up")
def test_again_asks_for_the_run_after_the_last_with_the_new_options_and_follows_it(
    pagebus: Command, announced: Callable[..., list[DocumentUploaded]], tmp_path: Path
) -> None:
    said = announced(_run(0), _run(3), _run(1))

    result = pagebus("submit", str(tmp_path / "a.pdf"), "--again", "--engines", "tesseract")

    [event] = said
    assert (event.key, event.etag, event.options.run, event.options.engines) == (KEY, ETAG, 4, ("tesseract",))
    assert result.stdout.startswith(_id(4))


@pytest.mark.usefixtures("up")
def test_again_for_what_was_never_read_is_an_upload_like_any(
    pagebus: Command, announced: Callable[..., list[Any]], tmp_path: Path
) -> None:
    said = announced(_run(0, etag="other bytes"))

    result = pagebus("submit", str(tmp_path / "a.pdf"), "--again")

    assert result.stdout.startswith(_id(0))
    assert said == []


def test_the_last_reading_is_that_of_the_same_bytes() -> None:
    other = _run(7, etag="other bytes")

    assert last_runs([_run(1), _run(0), other]) == {_id(0): _run(1)}


@pytest.mark.usefixtures("up")
def test_what_is_left_out_of_a_folder_is_counted_and_told_with_why(
    pagebus: Command, announced: Callable[..., list[Any]], tmp_path: Path
) -> None:
    announced()
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    for name in ("a.gt.txt", "notes.md"):
        (tmp_path / name).write_text("text")

    result = pagebus("submit", str(tmp_path))

    assert len(result.stdout.splitlines()) == 1
    assert "2 files are left out, being no PDF, TIFF, JPEG" in result.stderr
    assert "JPEG 2000: a.gt.txt, notes.md." in result.stderr
