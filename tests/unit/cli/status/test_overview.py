"""The overview of `pagebus status`, with fakes of all servers."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli.queries import dead_letters, documents
from local.cli.queries.dead_letters import NewestDeadLetter
from local.cli.queries.documents import Document, ListedDocument
from local.cli.shell import screen
from local.cli.stack import twin
from local.twin.services.limits import Limits
from local.twin.state import FunctionState, SourceState, TwinState
from local.twin.unavailable_engines import UnavailableEngine

Command = Callable[..., Result]
ID = "0f3a9c1e-0000-5000-8000-000000000001"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOST = "intake.default.svc.cluster.local"
INTAKE = {
    "name": "intake",
    "revision": "intake-00001",
    "desired": 1,
    "ready": 1,
    "is_panicking": False,
    "queue_length": 0,
    "in_flight": 0,
    "limits": {"memory": 1 << 31, "cpu": None},
}
UPLOADS = SourceState("uploads", "pagebus.uploads", "pagebus-intake", f"http://{HOST}", is_assigned=True, retries=1)
SURYA = UnavailableEngine("surya", "no weights in /models/surya", "Bring some.")
LISTED = ListedDocument(ID, "acme", "in/acme/a.pdf", "open", 3, 1, created_at=NOON, moved_at=NOON)
LISTED_AS_JSON = {
    "document": ID,
    "tenant": "acme",
    "key": "in/acme/a.pdf",
    "state": "open",
    "pages": 3,
    "recognized": 1,
    "failed": 0,
    "reason": None,
    "low_confidence": 0,
    "created_at": "2026-01-02T12:00:00+00:00",
    "moved_at": "2026-01-02T12:00:00+00:00",
}


@pytest.mark.usefixtures("up")
def test_json_of_the_status_has_the_documented_fields(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    function = FunctionState("intake", "intake-00001", HOST, desired=1, ready=1, limits=Limits(1 << 31))
    failing = replace(UPLOADS, lag=3, failure="its Kafka consumer failed")
    twin_state = TwinState((function,), (replace(UPLOADS, lag=2), failing), unavailable_engines=(SURYA,))
    monkeypatch.setattr(twin, "load_state", lambda _: twin_state)
    monkeypatch.setattr(documents, "list_newest", lambda *_, **__: [LISTED])
    monkeypatch.setattr(documents, "count_by_state", lambda *_: {"open": 1, "completed": 7})
    monkeypatch.setattr(dead_letters, "find_newest", lambda _: NewestDeadLetter(2, "io.acme.odd", 422, None))

    printed = json.loads(pagebus("status", "--json").stdout)

    assert printed == {
        "functions": [{**INTAKE, "state": "awake", "lag": 5, "retries": 2, "dead_letters": 0, "lost": 0}],
        "unavailable_engines": [asdict(SURYA)],
        "failures": {"source uploads": "its Kafka consumer failed"},
        "documents": [LISTED_AS_JSON],
        "topics": [{"name": "pagebus.uploads", "lag": 5}],
        "states": {"open": 1, "completed": 7},
        "dead_letters": 2,
    }


@pytest.mark.usefixtures("up")
def test_status_names_failures_and_the_newest_dead_letter(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    why = "ended with status 2, 3 times in a row; see logs/hello-1.log"
    function = FunctionState("hello", "hello-00001", desired=1, queue_length=2, failure=why)
    source = replace(UPLOADS, failure="its Kafka consumer failed")
    twin_state = TwinState((function,), (source,), unavailable_engines=(SURYA,))
    monkeypatch.setattr(twin, "load_state", lambda _: twin_state)
    monkeypatch.setattr(documents, "list_newest", lambda *_, **__: [])
    monkeypatch.setattr(documents, "count_by_state", lambda *_: {})
    monkeypatch.setattr(
        dead_letters, "find_newest", lambda _: NewestDeadLetter(2, "io.acme.odd", 422, "bad shape\nand a long trace")
    )

    output = pagebus("status").stdout

    assert f"hello  {why}" in output
    assert "source uploads  its Kafka consumer failed" in output
    assert "Unavailable: surya (no weights in /models/surya). Bring some.\n" in output
    assert str(home / "logs") in output.replace("\n", "")
    assert "dead letters  2  newest: io.acme.odd 422 bad shape  (`pagebus dead-letters list`)\n" in output


def test_newest_dead_letter_is_one_short_line() -> None:
    assert str(NewestDeadLetter(1, "io.acme.odd", None, None)) == "io.acme.odd no answer"
    assert str(NewestDeadLetter(1, "io.acme.odd", 422, '{"detail":"io.acme.odd: no key"}')) == "io.acme.odd 422 no key"
    assert len(str(NewestDeadLetter(1, "io.acme.odd", 500, "x" * 500))) == 100


@pytest.mark.usefixtures("up")
def test_listed_document_has_its_ages_in_80_columns(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    moved = replace(LISTED, created_at=now - timedelta(hours=3), moved_at=now - timedelta(seconds=5))
    failed = replace(moved, document=ID[::-1], key=f"in/acme/{'long ' * 12}.pdf", state="failed", reason="no_page_read")
    monkeypatch.setattr(documents, "list_newest", lambda *_, **__: [moved, failed])
    monkeypatch.setattr(documents, "count_by_state", lambda *_: {"open": 1, "failed": 1})
    monkeypatch.setattr(dead_letters, "find_newest", lambda _: None)
    monkeypatch.setattr(screen.out, "_width", 80)

    lines = pagebus("status").stdout.splitlines()

    assert "0f3a9c1e  acme    a.pdf" in next(line for line in lines if "a.pdf" in line)
    assert next(line for line in lines if "a.pdf" in line).split()[-2:] == ["5", "s"]
    assert any("3 h" in line and "no_page_read" in line for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(("flags", "limit"), [(["--json"], None), ([], 20), (["--limit", "3", "--json"], 3)])
def test_table_lists_twenty_documents_and_json_all(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, flags: list[str], limit: int | None
) -> None:
    queries: list[dict[str, object]] = []
    monkeypatch.setattr(twin, "load_state", lambda _: TwinState())

    def newest(_: str, **filters: object) -> list[Document]:
        queries.append(filters)
        return []

    monkeypatch.setattr(documents, "list_newest", newest)
    monkeypatch.setattr(documents, "count_by_state", lambda *_: {})
    monkeypatch.setattr(dead_letters, "find_newest", lambda _: None)

    assert pagebus("status", "--state", "failed", "--tenant", "acme", *flags).exit_code == 0
    assert queries == [{"state": "failed", "tenant": "acme", "limit": limit}]


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], "7 older documents are not shown: `--limit 8` shows all documents."),
        (["--state", "open"], "1 older document is not shown: `--limit 2` shows all documents."),
        (["--state", "failed"], None),
    ],
)
def test_number_of_hidden_documents_is_shown(
    pagebus: Command, monkeypatch: pytest.MonkeyPatch, flags: list[str], expected: str | None
) -> None:
    monkeypatch.setattr(documents, "list_newest", lambda *_, **__: [LISTED])
    monkeypatch.setattr(documents, "count_by_state", lambda *_: {"open": 2, "completed": 5, "failed": 1})
    monkeypatch.setattr(dead_letters, "find_newest", lambda _: None)

    lines = pagebus("status", *flags).stdout.splitlines()

    assert [line for line in lines if "not shown" in line] == ([expected] if expected else [])
