"""A home in a temporary folder, and the command as a function."""

import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.cli import documents, explanations, stack, twin, upload
from local.cli import text as texts
from local.cli.dead_letters import letterbox
from local.cli.dead_letters.letterbox import Kept
from local.cli.documents import Document, Page
from local.cli.home import Started
from local.cli.main import app
from local.cli.twin import Twin
from local.platform import topics
from local.platform.endpoints import Endpoints
from local.platform.topics import Cluster
from tests.unit.cli.known import COURSE, ID, PAGES, WISHES

Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """A verb that cleans up ignores signals until its process ends; this process goes on."""
    before = {told: signal.getsignal(told) for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for told, handler in before.items():
        signal.signal(told, handler)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAGEBUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pagebus(home: Path) -> Command:  # noqa: ARG001  # every verb has a home of its own
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> stack.Stack:
    """Something that seems to be up, with intake asleep in it and topics of two engines: its database is nowhere."""
    asleep = {"name": "intake", "revision": "intake-00001", "desired": 0, "ready": 0, "queue": 0, "failing": None}
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [asleep], "sources": [], "left_out": []})
    engines = {f"pagebus.pages.{name}": 1 for name in ("tesseract", "tesseract.bulk", "rapidocr")}
    monkeypatch.setattr(topics, "look", lambda _: Cluster((), {"pagebus.uploads": 1, **engines}, embedded=True))
    endpoints = Endpoints("k:1", "http://s:2", "key", "it's; secret", "eu", "postgresql://127.0.0.1:1/nowhere")
    nowhere = "http://127.0.0.1:1"
    there = stack.Stack(
        Started("embedded", (), endpoints), Twin(1, nowhere, {"gateway": nowhere, "telemetry": nowhere})
    )
    monkeypatch.setattr(stack, "required", lambda _: there)
    return there


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a document take these steps, one per look."""

    def steps(*taken: Document) -> None:
        ahead = chain(taken, repeat(taken[-1]))
        monkeypatch.setattr(documents, "runs", lambda *_: [])
        monkeypatch.setattr(documents, "named", lambda *_: {ID: next(ahead)})
        monkeypatch.setattr(documents, "wishes_of", lambda _, ids: dict.fromkeys(ids, WISHES))
        monkeypatch.setattr(documents, "outputs_of", lambda _, ids: {one: {"text": "s3://r/t"} for one in ids})
        monkeypatch.setattr(documents, "find", lambda *_: taken[-1])
        monkeypatch.setattr(documents, "pages_of", lambda *_: defaultdict(list, {ID: PAGES}))
        monkeypatch.setattr(upload, "put", lambda *_: Document(ID, "acme", "in/acme/a.pdf", "uploaded"))
        monkeypatch.setattr(texts, "fetch", lambda *_: "Größe\fMaß".encode())
        monkeypatch.setattr(explanations, "explanations", lambda *_: {})
        monkeypatch.setattr(explanations, "emptiness", lambda *_: {})

    return steps


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let there be one document with these pages."""

    def there(
        document: Document,
        *pages: Page,
        message: str | None = None,
        wanted: float | None = None,
        found: Sequence[Kept] = (),
    ) -> None:
        monkeypatch.setattr(documents, "find", lambda *_: document)
        monkeypatch.setattr(documents, "pages", lambda *_: list(pages))
        monkeypatch.setattr(documents, "course", lambda *_: replace(COURSE, message=message, wanted=wanted))
        monkeypatch.setattr(letterbox, "about", lambda *_: list(found))

    return there
