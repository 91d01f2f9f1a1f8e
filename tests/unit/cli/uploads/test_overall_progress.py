"""Progress of many documents with few queries and few lines."""

from types import SimpleNamespace

import pytest

from local.cli.queries import documents
from local.cli.queries.documents import Document
from local.cli.uploads import waiting
from local.cli.uploads.waiting import OverallProgress

COUNT = 2000


def _document(number: int, state: str, pages: int | None = None, recognized: int = 0, failed: int = 0) -> Document:
    return Document(
        f"{number:08x}-0000-5000-8000-000000000000", "acme", f"in/acme/{number}", state, pages, recognized, failed
    )


def test_uncounted_documents_get_the_average_page_count() -> None:
    known = [_document(1, "completed", 4, 3, 1), _document(2, "open", 8, 2), _document(3, "rejected")]
    uncounted = [_document(4, "uploaded"), _document(5, "open")]

    together = waiting.summarize_progress([*known, *uncounted])

    assert together == OverallProgress(documents=5, ended=2, without_text=1, read_pages=6, pages=24)
    assert str(together) == "2/5 documents, 1 without text, 6/24 pages"


def test_uncounted_document_alone_counts_as_one_page() -> None:
    assert waiting.summarize_progress([_document(1, "uploaded")]).pages == 1


def test_many_documents_need_one_query_and_few_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    submitted = [_document(number, "uploaded") for number in range(COUNT)]
    query_sizes: list[int] = []

    def find_by_ids(_: str, ids: list[str]) -> dict[str, Document]:
        """Return half of the open documents as completed."""
        query_sizes.append(len(ids))
        return {each: _document(int(each[:8], 16), "completed", 1, 1) for each in ids[: len(ids) // 2 + 1]}

    monkeypatch.setattr(documents, "find_by_ids", find_by_ids)
    monkeypatch.setattr(waiting, "_POLL_S", 0)

    ended = waiting.wait_until_ended("", submitted, 60, lambda: None)

    assert [document.document for document in ended] == [document.document for document in submitted]
    assert query_sizes[:3] == [2000, 999, 499]
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "2,000/2,000 documents, 2,000/2,000 pages"
    assert len(lines) <= 3


def test_slow_queries_are_spaced_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = 0.0, []

    def find_by_ids(*_: object) -> dict[str, Document]:
        nonlocal now
        now += 0.5
        return {}

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    monkeypatch.setattr(documents, "find_by_ids", find_by_ids)
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))

    waiting.wait_until_ended("", [_document(1, "open")], 25, lambda: None)

    assert slept[:2] == [10, 10]
    assert sum(slept) <= 25
