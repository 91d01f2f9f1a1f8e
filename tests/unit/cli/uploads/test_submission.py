"""Submissions of the same bytes under the same key, with and without --again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from events.document import DocumentUploaded
from events.identity import compute_document_id
from local.cli.queries import documents
from local.cli.queries.documents import Document, DocumentRun
from local.cli.uploads import submission, transfer
from local.cli.uploads.submission import find_last_runs

Command = Callable[..., Result]
KEY, ETAG = "in/acme/a.pdf", "0123"
ENDED = datetime(2026, 1, 2, 12, 2, tzinfo=UTC)


def _id(run: int, etag: str = ETAG) -> str:
    return str(compute_document_id(tenant="acme", bucket="pagebus-uploads", key=KEY, etag=etag, run=run))


def _run(number: int, state: str = "completed", etag: str = ETAG) -> DocumentRun:
    return DocumentRun(_id(number, etag), KEY, etag, number, state, ENDED if state == "completed" else None)


@pytest.fixture
def set_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[DocumentUploaded]]:
    """Return a function that sets the runs of a file and returns the events published later."""

    def set_runs(*runs: DocumentRun) -> list[DocumentUploaded]:
        published: list[DocumentUploaded] = []
        (tmp_path / "a.pdf").touch()
        monkeypatch.setattr(documents, "find_runs", lambda *_: list(runs))
        monkeypatch.setattr(documents, "find_by_ids", lambda *_: {})
        monkeypatch.setattr(transfer, "upload_file", lambda *_: Document(_id(0), "acme", KEY, "uploaded"))
        monkeypatch.setattr(submission, "_publish", lambda _, event: published.append(event))
        return published

    return set_runs


@pytest.mark.usefixtures("up")
def test_known_file_is_reported_with_its_result_and_again(
    pagebus: Command, set_runs: Callable[..., list[Any]], tmp_path: Path
) -> None:
    published = set_runs(_run(0))

    result = pagebus("submit", str(tmp_path / "a.pdf"))

    assert "a.pdf was read before (2026-01-0" in result.stderr
    assert "`pagebus submit --again` reads it again" in result.stderr
    assert published == []


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(("state", "expected"), [("rejected", "was rejected before"), ("failed", "failed before")])
def test_known_failed_file_is_not_called_read(
    pagebus: Command, set_runs: Callable[..., list[Any]], tmp_path: Path, state: str, expected: str
) -> None:
    set_runs(replace(_run(0), state=state))

    output = pagebus("submit", str(tmp_path / "a.pdf"), "--engines", "tesseract").stderr

    assert f"a.pdf {expected} (2026-01-0" in output
    assert "`pagebus submit --again` reads it again, with the new options." in output
    assert "was read before" not in output


@pytest.mark.usefixtures("up")
def test_known_open_file_is_called_being_read(
    pagebus: Command, set_runs: Callable[..., list[Any]], tmp_path: Path
) -> None:
    set_runs(_run(0, "open"))

    assert "is being read already" in pagebus("submit", str(tmp_path / "a.pdf")).stderr


@pytest.mark.usefixtures("up")
def test_again_requests_the_next_run_with_new_options(
    pagebus: Command, set_runs: Callable[..., list[DocumentUploaded]], tmp_path: Path
) -> None:
    published = set_runs(_run(0), _run(3), _run(1))

    result = pagebus("submit", str(tmp_path / "a.pdf"), "--again", "--engines", "tesseract")

    [event] = published
    assert (event.key, event.etag, event.options.run, event.options.engines) == (KEY, ETAG, 4, ("tesseract",))
    assert result.stdout.startswith(_id(4))


@pytest.mark.usefixtures("up")
def test_again_for_new_bytes_is_a_plain_upload(
    pagebus: Command, set_runs: Callable[..., list[Any]], tmp_path: Path
) -> None:
    published = set_runs(_run(0, etag="other bytes"))

    result = pagebus("submit", str(tmp_path / "a.pdf"), "--again")

    assert result.stdout.startswith(_id(0))
    assert published == []


def test_last_run_is_of_the_same_bytes() -> None:
    other = _run(7, etag="other bytes")

    assert find_last_runs([_run(1), _run(0), other]) == {_id(0): _run(1)}


@pytest.mark.usefixtures("up")
def test_skipped_files_are_counted_and_named(
    pagebus: Command, set_runs: Callable[..., list[Any]], tmp_path: Path
) -> None:
    set_runs()
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    for name in ("a.gt.txt", "notes.md"):
        (tmp_path / name).write_text("text")

    result = pagebus("submit", str(tmp_path))

    assert len(result.stdout.splitlines()) == 1
    assert "2 files are skipped, because they are not a PDF, TIFF, JPEG" in result.stderr
    assert "JPEG 2000: a.gt.txt, notes.md." in result.stderr
