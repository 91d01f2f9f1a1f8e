"""Many documents are followed together, and cheaply."""

import time

import pytest

from local.cli import documents, overall, waiting
from local.cli.documents import Document
from local.cli.overall import Overall

COUNT = 2000


def _document(number: int, state: str, pages: int | None = None, recognized: int = 0, failed: int = 0) -> Document:
    return Document(
        f"{number:08x}-0000-5000-8000-000000000000", "acme", f"in/acme/{number}", state, pages, recognized, failed
    )


def test_documents_that_nobody_has_counted_are_taken_to_be_as_long_as_the_others() -> None:
    known = [_document(1, "completed", 4, 3, 1), _document(2, "open", 8, 2), _document(3, "rejected")]
    uncounted = [_document(4, "uploaded"), _document(5, "open")]

    together = overall.overall([*known, *uncounted])

    assert together == Overall(documents=5, ended=2, without_text=1, read=6, pages=24)
    assert str(together) == "2/5 documents, 1 without text, 6/24 pages"


def test_before_anything_is_counted_a_document_is_a_page() -> None:
    assert overall.overall([_document(1, "uploaded")]).pages == 1


def test_two_thousand_documents_are_asked_for_together_and_told_in_few_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    submitted = [_document(number, "uploaded") for number in range(COUNT)]
    asked: list[int] = []

    def named(_: str, ids: list[str]) -> dict[str, Document]:
        """Half of those that are open end between two looks."""
        asked.append(len(ids))
        return {one: _document(int(one[:8], 16), "completed", 1, 1) for one in ids[: len(ids) // 2 + 1]}

    monkeypatch.setattr(documents, "named", named)
    monkeypatch.setattr(waiting, "_POLL_S", 0)

    ended = waiting.until_ended("", submitted, 60, lambda: None)

    assert [one.document for one in ended] == [one.document for one in submitted]
    assert asked[:3] == [2000, 999, 499]
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "2,000/2,000 documents, 2,000/2,000 pages"
    assert len(lines) <= 3


def test_looking_takes_a_small_part_of_the_time_however_long_a_look_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = 0.0, []

    def named(*_: object) -> dict[str, Document]:
        nonlocal now
        now += 0.5
        return {}

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    monkeypatch.setattr(documents, "named", named)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(time, "sleep", sleep)

    waiting.until_ended("", [_document(1, "open")], 25, lambda: None)

    assert slept[:2] == [10, 10]
    assert sum(slept) <= 25
