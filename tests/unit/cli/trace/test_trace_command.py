"""The output of `pagebus trace`, and the telemetry of `pagebus submit`, `down`, `env` and `up`."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import Result

from local.cli.queries import documents
from local.cli.queries.documents import Document
from local.cli.shell import home as homes
from local.cli.shell.home import PlatformKind, StackRecord
from local.cli.stack import stack
from local.cli.stack.stack import Stack
from local.cli.trace import command as trace
from local.cli.uploads.submission import Submission, send_spans
from local.cli.uploads.transfer import FinishedUpload
from local.platform.endpoints import Endpoints
from local.telemetry import otlp, trace_files
from local.telemetry.span import Span
from tests.unit.telemetry.sample_traces import DOCUMENT, DOCUMENT_SPAN, TRACE, build_page_trace, make_span

Command = Callable[..., Result]
Keep = Callable[..., None]
DONE = Document(DOCUMENT, "acme", "in/acme/a.pdf", "completed", 1, 1)
OPEN = Document(DOCUMENT, "acme", "in/acme/a.pdf", "open", 1, 0)


@pytest.fixture
def keep(home: Path, up: object, monkeypatch: pytest.MonkeyPatch) -> Keep:  # noqa: ARG001  # the stack must run
    """Return a function that makes a document exist, with these stored spans."""

    def kept(document: Document, *spans: Span, traceparent: str | None = None) -> None:
        monkeypatch.setattr(trace, "_EXPORT_DELAY_S", 0)
        monkeypatch.setattr(documents, "find_document", lambda *_: document)
        monkeypatch.setattr(documents, "load_traceparent", lambda *_: traceparent)
        trace_files.append_lines(home / "telemetry", [json.dumps(otlp.build_export(spans)).encode()])

    return kept


def test_trace_prints_waterfall_and_time_table(pagebus: Command, keep: Keep) -> None:
    keep(DONE, *build_page_trace())

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


def test_json_is_a_list_of_spans_with_otlp_names(pagebus: Command, keep: Keep) -> None:
    keep(DONE, *build_page_trace())

    printed = json.loads(pagebus("trace", DOCUMENT, "--json").stdout)

    assert printed == [
        expected.as_dict() for expected in sorted(build_page_trace(), key=lambda one: (one.start, one.end))
    ]
    assert {one["traceId"] for one in printed} == {TRACE}


def test_many_equal_spans_are_grouped_without_all(pagebus: Command, keep: Keep) -> None:
    pages = [make_span(f"p{page}", "send pagebus.pages.tesseract", 1, 1.1, "upl", "intake") for page in range(100)]
    keep(DONE, *build_page_trace(), *pages)

    folded, everything = pagebus("trace", DOCUMENT).stdout, pagebus("trace", DOCUMENT, "--all").stdout

    assert "68 x send pagebus.pages.tesseract" in folded
    assert folded.count("send pagebus.pages.tesseract") == 34
    assert everything.count("send pagebus.pages.tesseract") == 101


def test_missing_spans_are_reported(pagebus: Command, keep: Keep) -> None:
    keep(DONE, *(one for one in build_page_trace() if one.span_id not in {DOCUMENT_SPAN, "wai"}))

    result = pagebus("trace", DOCUMENT)

    assert "The span of the whole document is missing" in result.stderr
    assert "1 span has a parent that is missing: POST." in result.stderr


def test_trace_of_open_document_is_shown_as_incomplete(pagebus: Command, keep: Keep) -> None:
    keep(OPEN, *(one for one in build_page_trace() if one.span_id not in {DOCUMENT_SPAN, "end", "com", "ps2"}))

    result = pagebus("trace", DOCUMENT)

    assert result.exit_code == 0
    assert result.stderr == "0f3a9c1e is open, so its trace is not complete yet.\n"


def test_trace_of_the_upload_event_is_used(pagebus: Command, keep: Keep) -> None:
    brought = Span(
        trace_id="a" * 32,
        span_id="1" * 16,
        parent_id="b" * 16,
        name="receive pagebus.uploads",
        start=1,
        end=2,
        service="",
    )
    keep(DONE, *build_page_trace(), brought, traceparent=f"00-{'a' * 32}-{'b' * 16}-01")

    printed = json.loads(pagebus("trace", DOCUMENT, "--json").stdout)

    assert [one["spanId"] for one in printed] == ["1" * 16]


@pytest.mark.parametrize(
    ("document", "traceparent", "expected"),
    [
        (DONE, None, "128 MB"),
        (OPEN, None, "has arrived yet"),
        (DONE, f"00-{'a' * 32}-{'b' * 16}-00", "ends in 01"),
    ],
)
def test_missing_trace_is_explained(
    pagebus: Command, keep: Keep, document: Document, traceparent: str | None, expected: str
) -> None:
    keep(document, traceparent=traceparent)

    result = pagebus("trace", DOCUMENT)

    assert result.exit_code == 1
    assert expected in result.stderr


def test_late_spans_are_awaited(pagebus: Command, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = build_page_trace()
    late = iter([spans[9:], spans[3:9]])

    def arrive(_: float) -> None:
        trace_files.append_lines(home / "telemetry", [json.dumps(otlp.build_export(next(late))).encode()])

    keep(DONE, *spans[:3])
    monkeypatch.setattr(trace, "_EXPORT_DELAY_S", 60)
    monkeypatch.setattr(trace, "time", SimpleNamespace(monotonic=time.monotonic, sleep=arrive))

    assert len(json.loads(pagebus("trace", DOCUMENT, "--json").stdout)) == len(spans)


def _set_telemetry(up: Stack, endpoint: str | None) -> Stack:
    return replace(up, twin=replace(up.twin, urls={} if endpoint is None else {"telemetry": endpoint}))


@pytest.fixture
def posted() -> Iterator[tuple[str, list[Any]]]:
    """Start an OTLP endpoint; return its URL and the requests that it receives."""
    requests: list[Any] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()
        thread.join()


def test_upload_span_is_a_child_of_the_document_span(up: Stack, posted: tuple[str, list[Any]]) -> None:
    endpoint, requests = posted
    run = documents.DocumentRun(DOCUMENT, "in/acme/a.pdf", "e", 0, "completed", None)
    known = Submission(DONE, run)

    send_spans(_set_telemetry(up, endpoint), [Submission(OPEN, upload=FinishedUpload(OPEN, 3, 5)), known])

    [(path, export)] = requests
    assert path == "/v1/traces"
    [upload] = otlp.parse_spans(export)
    assert (upload.trace_id, upload.parent_id, upload.name, upload.kind) == (TRACE, DOCUMENT_SPAN, "PutObject", 3)
    assert (upload.start, upload.end, upload.service) == (3, 5, "pagebus")
    assert upload.attributes == {"pagebus.document": DOCUMENT}


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1"])
def test_unreachable_telemetry_endpoint_is_ignored(up: Stack, endpoint: str | None) -> None:
    send_spans(_set_telemetry(up, endpoint), [Submission(OPEN, upload=FinishedUpload(OPEN, 3, 5))])


@pytest.mark.parametrize(("platform", "kept"), [("embedded", False), ("real", True), ("yours", True)])
def test_down_deletes_traces_only_of_the_embedded_platform(home: Path, platform: PlatformKind, *, kept: bool) -> None:
    homes.save_record(home, StackRecord(platform, (), Endpoints("", "", "", "", "", "")))
    trace_files.append_lines(home / "telemetry", [b"{}"])

    stack.bring_down(home, lambda _: nullcontext())

    assert (home / "telemetry").exists() is kept


@pytest.mark.usefixtures("up")
def test_env_and_up_print_telemetry_endpoints(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "find_running", lambda _: up)

    assert "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1\n" in pagebus("env").stdout
    output = pagebus("up").stdout
    assert "metrics     http://127.0.0.1:1/metrics\n" in output
    assert "telemetry" not in output
