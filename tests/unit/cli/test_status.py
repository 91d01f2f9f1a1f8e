"""What `pagebus status` prints, with fakes in the place of everything that runs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import documents, letters, twin
from local.cli.documents import Document, Page
from local.cli.letters import Newest

Command = Callable[..., Result]
ID = "0f3a9c1e-0000-5000-8000-000000000001"
OPEN = Document(ID, "acme", "in/acme/a.pdf", "open", 3, 1)
DONE = Document(ID, "acme", "in/acme/a.pdf", "completed", 3, 2, 1)


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
    assert str(Newest(1, "io.acme.odd", 422, '{"detail":"io.acme.odd: no key"}')) == "io.acme.odd 422 no key"
    assert len(str(Newest(1, "io.acme.odd", 500, "x" * 500))) == 100


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
def test_one_document_is_told_page_by_page(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "find", lambda *_: DONE)
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
