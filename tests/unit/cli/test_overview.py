"""What `pagebus status` says of everything at a glance, with fakes in the place of everything that runs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import documents, letters, screen, twin
from local.cli.documents import Document, Listed
from local.cli.letters import Newest

Command = Callable[..., Result]
ID = "0f3a9c1e-0000-5000-8000-000000000001"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOST = "intake.default.svc.cluster.local"
INTAKE = {
    "name": "intake",
    "revision": "intake-00001",
    "desired": 1,
    "ready": 1,
    "panic": False,
    "queue": 0,
    "in_flight": 0,
    "limits": {"memory": 1 << 31, "cpu": None},
}
UPLOADS = {"topic": "pagebus.uploads", "sink": f"http://{HOST}", "retries": 1, "dead_letters": 0, "lost": 0}
SURYA = {"engine": "surya", "why": "no weights in /models/surya", "advice": "Bring some."}
LISTED = Listed(ID, "acme", "in/acme/a.pdf", "open", 3, 1, created_at=NOON, moved_at=NOON)
TOLD = {
    "document": ID,
    "tenant": "acme",
    "key": "in/acme/a.pdf",
    "state": "open",
    "pages": 3,
    "recognized": 1,
    "failed": 0,
    "reason": None,
    "unsure": 0,
    "created_at": "2026-01-02T12:00:00+00:00",
    "moved_at": "2026-01-02T12:00:00+00:00",
}


@pytest.mark.usefixtures("up")
def test_status_as_json_has_exactly_the_promised_fields(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    function = {**INTAKE, "host": HOST, "failing": None}
    sources = [UPLOADS | {"lag": 2}, UPLOADS | {"lag": 3}]
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [function], "sources": sources, "left_out": [SURYA]})
    monkeypatch.setattr(documents, "newest", lambda *_, **__: [LISTED])
    monkeypatch.setattr(documents, "states", lambda *_: {"open": 1, "completed": 7})
    monkeypatch.setattr(letters, "newest", lambda _: Newest(2, "io.acme.odd", 422, None))

    said = json.loads(pagebus("status", "--json").stdout)

    assert said == {
        "functions": [{**INTAKE, "state": "awake", "lag": 5, "retries": 2, "dead_letters": 0, "lost": 0}],
        "left_out": [SURYA],
        "documents": [TOLD],
        "topics": [{"name": "pagebus.uploads", "lag": 5}],
        "states": {"open": 1, "completed": 7},
        "dead_letters": 2,
    }


@pytest.mark.usefixtures("up")
def test_status_names_what_keeps_failing_what_is_left_out_and_the_newest_dead_letter(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    function = {"name": "hello", "revision": "hello-00001", "desired": 1, "ready": 0, "queue": 2, "panic": False}
    why = "ended with status 2, 3 times in a row; see logs/hello-1.log"
    monkeypatch.setattr(
        twin, "ask", lambda _: {"functions": [function | {"failing": why}], "sources": [], "left_out": [SURYA]}
    )
    monkeypatch.setattr(documents, "newest", lambda *_, **__: [])
    monkeypatch.setattr(documents, "states", lambda *_: {})
    monkeypatch.setattr(letters, "newest", lambda _: Newest(2, "io.acme.odd", 422, "bad shape\nand a long trace"))

    said = pagebus("status").stdout

    assert f"hello  {why}" in said
    assert "Left out: surya (no weights in /models/surya). Bring some.\n" in said
    assert str(home / "logs") in said.replace("\n", "")
    assert "dead letters  2  newest: io.acme.odd 422 bad shape  (`pagebus dead-letters list`)\n" in said


def test_a_dead_letter_takes_one_line_however_much_was_answered() -> None:
    assert str(Newest(1, "io.acme.odd", None, None)) == "io.acme.odd no answer"
    assert str(Newest(1, "io.acme.odd", 422, '{"detail":"io.acme.odd: no key"}')) == "io.acme.odd 422 no key"
    assert len(str(Newest(1, "io.acme.odd", 500, "x" * 500))) == 100


@pytest.mark.usefixtures("up")
def test_a_listed_document_says_when_it_came_and_moved_in_80_columns(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    moved = replace(LISTED, created_at=now - timedelta(hours=3), moved_at=now - timedelta(seconds=5))
    failed = replace(moved, document=ID[::-1], key=f"in/acme/{'long ' * 12}.pdf", state="failed", reason="no_page_read")
    monkeypatch.setattr(documents, "newest", lambda *_, **__: [moved, failed])
    monkeypatch.setattr(documents, "states", lambda *_: {"open": 1, "failed": 1})
    monkeypatch.setattr(letters, "newest", lambda _: None)
    monkeypatch.setattr(screen.out, "_width", 80)

    lines = pagebus("status").stdout.splitlines()

    assert "0f3a9c1e  acme    a.pdf" in next(line for line in lines if "a.pdf" in line)
    assert next(line for line in lines if "a.pdf" in line).split()[-2:] == ["5", "s"]
    assert any("3 h" in line and "no_page_read" in line for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(("flags", "limit"), [(["--json"], None), ([], 20), (["--limit", "3", "--json"], 3)])
def test_all_documents_are_listed_as_json_and_twenty_in_the_table(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, flags: list[str], limit: int | None
) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [], "sources": [], "left_out": []})

    def newest(_: str, **filters: object) -> list[Document]:
        asked.append(filters)
        return []

    monkeypatch.setattr(documents, "newest", newest)
    monkeypatch.setattr(documents, "states", lambda *_: {})
    monkeypatch.setattr(letters, "newest", lambda _: None)

    assert pagebus("status", "--state", "failed", "--tenant", "acme", *flags).exit_code == 0
    assert asked == [{"state": "failed", "tenant": "acme", "limit": limit}]


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "7 older are not shown: `--limit 8` shows all."),
        (["--state", "open"], "1 older is not shown: `--limit 2` shows all."),
        (["--state", "failed"], None),
    ],
)
def test_who_sees_the_newest_documents_alone_learns_how_many_more_there_are(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, flags: list[str], said: str | None
) -> None:
    monkeypatch.setattr(documents, "newest", lambda *_, **__: [LISTED])
    monkeypatch.setattr(documents, "states", lambda *_: {"open": 2, "completed": 5, "failed": 1})
    monkeypatch.setattr(letters, "newest", lambda _: None)

    lines = pagebus("status", *flags).stdout.splitlines()

    assert [line for line in lines if "not shown" in line] == ([said] if said else [])
