"""A temporary home, the command as a function, and fakes of the stack and its documents."""

import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.cli.main import app
from local.cli.queries import dead_letters, documents, explanations, outputs
from local.cli.queries import pages as page_queries
from local.cli.queries.dead_letters import DeadLetterRow
from local.cli.queries.documents import Document
from local.cli.queries.pages import PageStatus
from local.cli.shell.home import StackRecord
from local.cli.stack import stack, twin
from local.cli.stack.twin import RunningTwin
from local.cli.uploads import transfer
from local.platform import topics
from local.platform.endpoints import Endpoints
from local.platform.topics import ClusterMetadata
from local.twin.state import FunctionState, TwinState
from tests.unit.cli.known import ID, OPTIONS, PAGES, PROGRESS

Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def _restore_signals() -> Iterator[None]:
    """Restore the signal handlers: a command that cleans up ignores signals for the rest of its process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAGEBUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pagebus(home: Path) -> Command:  # noqa: ARG001  # each command needs a home of its own
    """Return a function that runs the command with these arguments."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run


@pytest.fixture
def up(home: Path, monkeypatch: pytest.MonkeyPatch) -> stack.Stack:
    """Return a fake running stack with an idle intake and the topics of two engines; its servers do not answer."""
    twin_state = TwinState(functions=(FunctionState("intake", "intake-00001"),))
    monkeypatch.setattr(twin, "load_state", lambda _: twin_state)
    engines = {f"pagebus.pages.{name}": 1 for name in ("tesseract", "tesseract.bulk", "rapidocr")}
    metadata = ClusterMetadata((), {"pagebus.uploads": 1, **engines}, is_embedded=True)
    monkeypatch.setattr(topics, "load_cluster_metadata", lambda _: metadata)
    endpoints = Endpoints("k:1", "http://s:2", "key", "it's; secret", "eu", "postgresql://127.0.0.1:1/nowhere")
    unused = "http://127.0.0.1:1"
    running_twin = RunningTwin(1, unused, {"gateway": unused, "telemetry": unused})
    running = stack.Stack(home, StackRecord("embedded", (), endpoints), running_twin)
    monkeypatch.setattr(stack, "require_stack", lambda *_: running)
    return running


@pytest.fixture
def set_states(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes the document have these states, one per query, and the last one for ever."""

    def set_states(*states: Document) -> None:
        following = chain(states, repeat(states[-1]))
        monkeypatch.setattr(documents, "find_runs", lambda *_: [])
        monkeypatch.setattr(documents, "find_by_ids", lambda *_: {ID: next(following)})
        monkeypatch.setattr(documents, "load_options", lambda _, ids: dict.fromkeys(ids, OPTIONS))
        monkeypatch.setattr(documents, "find_document", lambda *_: states[-1])
        locations = {"text": "s3://r/t"}
        monkeypatch.setattr(outputs, "load_locations_by_document", lambda _, ids: dict.fromkeys(ids, locations))
        monkeypatch.setattr(outputs, "fetch_output", lambda *_: "Größe\fMaß".encode())
        monkeypatch.setattr(page_queries, "load_pages_by_document", lambda *_: defaultdict(list, {ID: PAGES}))
        monkeypatch.setattr(transfer, "upload_file", lambda *_: Document(ID, "acme", "in/acme/a.pdf", "uploaded"))
        monkeypatch.setattr(explanations, "explain_failures", lambda *_: {})
        monkeypatch.setattr(explanations, "describe_empty_pages", lambda *_: {})

    return set_states


@pytest.fixture
def set_document(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes this document exist, with its pages and dead letters."""

    def set_document(
        document: Document,
        *pages: PageStatus,
        message: str | None = None,
        min_confidence: float | None = None,
        letters: Sequence[DeadLetterRow] = (),
    ) -> None:
        progress = replace(PROGRESS, message=message, min_confidence=min_confidence)
        monkeypatch.setattr(documents, "find_document", lambda *_: document)
        monkeypatch.setattr(documents, "load_progress", lambda *_: progress)
        monkeypatch.setattr(page_queries, "load_pages", lambda *_: list(pages))
        monkeypatch.setattr(dead_letters, "find_about_document", lambda *_: list(letters))

    return set_document
