"""What `pagebus trace` shows of what a home has kept, and what `pagebus submit` and `down` do for it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from local.cli import documents, put_spans, stack, trace
from local.cli import home as homes
from local.cli.documents import Document
from local.cli.home import Kind, Started
from local.cli.submission import Submission
from local.cli.uploading import Uploaded
from local.platform.endpoints import Endpoints
from local.telemetry import files, otlp
from local.telemetry.span import Span
from tests.unit.telemetry.trees import DOCUMENT, ROOT, TRACE, letter, span

Command = Callable[..., Result]
Keep = Callable[..., None]
DONE = Document(DOCUMENT, "acme", "in/acme/a.pdf", "completed", 1, 1)
OPEN = Document(DOCUMENT, "acme", "in/acme/a.pdf", "open", 1, 0)


@pytest.fixture
def keep(home: Path, up: object, monkeypatch: pytest.MonkeyPatch) -> Keep:  # noqa: ARG001  # it is up
    """Have a document with these spans."""

    def kept(document: Document, *spans: Span, traceparent: str | None = None) -> None:
        monkeypatch.setattr(trace, "_ON_THEIR_WAY_S", 0)
        monkeypatch.setattr(documents, "find", lambda *_: document)
        monkeypatch.setattr(documents, "traceparent", lambda *_: traceparent)
        files.append(home / "telemetry", [json.dumps(otlp.export(spans)).encode()])

    return kept


def test_a_trace_is_shown_as_a_waterfall_and_where_its_time_went(pagebus: Command, keep: Keep) -> None:
    keep(DONE, *letter())

    result = pagebus("trace", DOCUMENT[:6])

    assert result.exit_code == 0
    assert result.stderr == ""
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert [line.split("  ")[0] for line in lines[:6]] == [
        "span",
        "document",
        " PutObject",
        " receive pagebus.uploads",
        "",  # two blanks before the name
        "",
    ]
    [page] = [line for line in lines if "process pagebus.pages.tesseract" in line]
    assert page.split()[:6] == ["process", "pagebus.pages.tesseract", "[1]", "tesseract", "6.700", "3.300"]
    assert "█" in page
    assert "waiting in Kafka         " in result.stdout
    reading = next(line for line in lines if line.startswith("reading"))
    assert reading.split()[1:] == ["2.000", "17.4%"]


def test_a_trace_as_json_is_a_list_of_spans_under_otlps_names(pagebus: Command, keep: Keep) -> None:
    keep(DONE, *letter())

    told = json.loads(pagebus("trace", DOCUMENT, "--json").stdout)

    assert told == [one.told() for one in sorted(letter(), key=lambda one: (one.start, one.end))]
    assert {one["traceId"] for one in told} == {TRACE}


def test_many_pages_are_told_together_unless_all_are_asked_for(pagebus: Command, keep: Keep) -> None:
    pages = [span(f"p{page}", "send pagebus.pages.tesseract", 1, 1.1, "upl", "intake") for page in range(100)]
    keep(DONE, *letter(), *pages)

    folded, everything = pagebus("trace", DOCUMENT).stdout, pagebus("trace", DOCUMENT, "--all").stdout

    assert "68 x send pagebus.pages.tesseract" in folded
    assert folded.count("send pagebus.pages.tesseract") == 34
    assert everything.count("send pagebus.pages.tesseract") == 101


def test_what_is_missing_is_said(pagebus: Command, keep: Keep) -> None:
    keep(DONE, *(one for one in letter() if one.span_id not in {ROOT, "wai"}))

    result = pagebus("trace", DOCUMENT)

    assert "The span of the document as a whole is missing" in result.stderr
    assert "1 span has a parent that is not here: POST." in result.stderr


def test_an_open_document_is_shown_so_far(pagebus: Command, keep: Keep) -> None:
    keep(OPEN, *(one for one in letter() if one.span_id not in {ROOT, "end", "com", "ps2"}))

    result = pagebus("trace", DOCUMENT)

    assert result.exit_code == 0
    assert result.stderr == "0f3a9c1e is open: this is its way so far.\n"


def test_the_trace_that_an_announcement_brought_is_the_documents(pagebus: Command, keep: Keep) -> None:
    brought = Span(
        trace_id="a" * 32, span_id="1" * 16, parent="b" * 16, name="receive pagebus.uploads", start=1, end=2, service=""
    )
    keep(DONE, *letter(), brought, traceparent=f"00-{'a' * 32}-{'b' * 16}-01")

    told = json.loads(pagebus("trace", DOCUMENT, "--json").stdout)

    assert [one["spanId"] for one in told] == ["1" * 16]


@pytest.mark.parametrize(
    ("document", "traceparent", "said"),
    [
        (DONE, None, "128 MB"),
        (OPEN, None, "has come yet"),
        (DONE, f"00-{'a' * 32}-{'b' * 16}-00", "ends in 01"),
    ],
)
def test_a_document_without_spans_says_why_and_what_to_do(
    pagebus: Command, keep: Keep, document: Document, traceparent: str | None, said: str
) -> None:
    keep(document, traceparent=traceparent)

    result = pagebus("trace", DOCUMENT)

    assert result.exit_code == 1
    assert said in result.stderr


def test_spans_that_are_still_on_their_way_are_waited_for(
    pagebus: Command, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = letter()
    late = iter([spans[9:], spans[3:9]])

    def arrive(_: float) -> None:
        files.append(home / "telemetry", [json.dumps(otlp.export(next(late))).encode()])

    keep(DONE, *spans[:3])
    monkeypatch.setattr(trace, "_ON_THEIR_WAY_S", 60)
    monkeypatch.setattr("time.sleep", arrive)

    assert len(json.loads(pagebus("trace", DOCUMENT, "--json").stdout)) == len(spans)


@pytest.fixture
def posted() -> Iterator[tuple[str, list[Any]]]:
    """An endpoint, and what is posted there."""
    got: list[Any] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """What it got is its log."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()
        thread.join()


def test_an_upload_is_told_as_part_of_the_document_that_it_begins(posted: tuple[str, list[Any]]) -> None:
    endpoint, got = posted
    run = documents.Run(DOCUMENT, "in/acme/a.pdf", "e", 0, "completed", None)
    known = Submission(DONE, run)

    put_spans.tell(endpoint, [Submission(OPEN, put=Uploaded(OPEN, 3, 5)), known])

    [(path, export)] = got
    assert path == "/v1/traces"
    [put] = otlp.spans(export)
    assert (put.trace_id, put.parent, put.name, put.kind) == (TRACE, ROOT, "PutObject", 3)
    assert (put.start, put.end, put.service) == (3, 5, "pagebus")
    assert put.attributes == {"pagebus.document": DOCUMENT}


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1"])
def test_an_upload_that_cannot_be_told_fails_nothing(endpoint: str | None) -> None:
    put_spans.tell(endpoint, [Submission(OPEN, put=Uploaded(OPEN, 3, 5))])


@pytest.mark.parametrize(("platform", "kept"), [("embedded", False), ("real", True), ("yours", True)])
def test_down_forgets_traces_with_the_documents_and_only_with_them(home: Path, platform: Kind, *, kept: bool) -> None:
    homes.remember(home, Started(platform, (), Endpoints("", "", "", "", "", "")))
    files.append(home / "telemetry", [b"{}"])

    stack.bring_down(home, lambda _: nullcontext())

    assert (home / "telemetry").exists() is kept


@pytest.mark.usefixtures("up")
def test_a_shell_and_prometheus_know_where_telemetry_is(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "running", lambda _: up)

    assert "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1\n" in pagebus("env").stdout
    said = pagebus("up").stdout
    assert "metrics     http://127.0.0.1:1/metrics\n" in said
    assert "telemetry" not in said
