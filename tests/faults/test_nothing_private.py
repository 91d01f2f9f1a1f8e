"""Tests that names and texts of documents and secrets are in no log, span, metric, event attribute or record key."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pypdfium2
import pytest

from local.platform import lifecycle
from tests.kit import PagebusStack, get_header, wait_for
from tests.unit.documents.document_builders import build_pdf, draw_text

WORD, NAME, OPTION = "Quittenmus", "Gehaltsliste-Mustermann", "Kanarienvogel"
TEXT = build_pdf([draw_text(f"{WORD} und Zwiebelkuchen, je zwei Portionen, Rechnung folgt")])
TOPICS = (
    "uploads",
    "outcomes",
    "pages.tesseract",
    "results",
    "documents",
    "assemblies",
    "dead-letters",
)


def render_scan(document: bytes) -> bytes:
    """Return the first page as a PNG image."""
    file = io.BytesIO()
    with pypdfium2.PdfDocument(document) as opened:
        opened[0].render(scale=3).to_pil().save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def stack_with_failures(bus: PagebusStack) -> PagebusStack:
    """Return a stack that has read and rejected documents with canary texts, and in which every part failed once."""
    readable = {
        f"in/acme/{NAME}-{uuid4()}.pdf": TEXT + uuid4().bytes,
        f"in/acme/{NAME}-{uuid4()}.png": render_scan(TEXT),
    }
    rejected = {
        f"in/acme/{NAME}-{uuid4()}.pdf": TEXT[: len(TEXT) // 2],
        f"in/acme/{NAME}-{uuid4()}.txt": f"{WORD}".encode(),
        f"{NAME}/{uuid4()}.pdf": TEXT,
    }
    for key, body in (readable | rejected).items():
        bus.upload(key, body)
    with_bad_option = f"in/acme/{NAME}-{uuid4()}.pdf"
    bus.upload(with_bad_option, TEXT, {"pagebus-languages": OPTION})
    produce_unusable_events(bus)
    for key in (*readable, *rejected, with_bad_option):
        bus.wait_for_end(key)
    assert {WORD in row["text"] for row in query_texts(bus)} == {True}
    announce_during_outage(bus, "postgres")
    announce_during_outage(bus, "s3")
    upload_and_kill_engine(bus)
    wait_for(lambda: bus.query("SELECT FROM dead_letters"), what="dead letters")
    # Functions export the rest of their telemetry at the latest when they stop.
    wait_for(
        lambda: list_ready_functions(bus) <= {"reconciler"},
        within=180,
        what="zero replicas of all functions but the reconciler",
    )
    return bus


def list_ready_functions(bus: PagebusStack) -> set[str]:
    return {function["name"] for function in bus.get_state()["functions"] if function["ready"]}


def query_texts(bus: PagebusStack) -> list[dict[str, str]]:
    return bus.query(
        "SELECT text FROM pages JOIN documents USING (document) WHERE key LIKE %s AND text <> ''", f"in/acme/{NAME}%"
    )


def produce_unusable_events(bus: PagebusStack) -> None:
    """Publish events that no function can use, with canaries in all fields that an external producer can set."""
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": f"{NAME}-{uuid4()}",
        "ce_source": f"/{OPTION}",
        "ce_subject": f"{NAME}.pdf",
        "content-type": "application/json",
    }
    data = json.dumps({"bucket": "pagebus-uploads", "key": f"in/acme/{NAME}.pdf", OPTION: WORD}).encode()
    uploaded = "io.pagebus.document.uploaded.v1"
    bus.produce("pagebus.uploads", data, {**attributes, "ce_type": uploaded, "traceparent": OPTION})
    bus.produce("pagebus.uploads", data[:-5], {**attributes, "ce_type": uploaded, "ce_traceparent": OPTION})
    bus.produce("pagebus.uploads", data, {**attributes, "ce_type": "com.example.unknown"})
    bus.produce("pagebus.uploads", data[:-5], {})


def announce_during_outage(bus: PagebusStack, part: str) -> None:
    """Announce a document while a server is stopped, and wait until the document ends after its restart."""
    key = f"announced/acme/{NAME}-{uuid4()}.pdf"
    bus.upload(key, TEXT + uuid4().bytes)
    before = count_outages(bus)
    lifecycle.stop_server_by_name(bus.home, part)
    announce(bus, key)
    wait_for(lambda: count_outages(bus) > before, what="a failure")
    lifecycle.start_server_by_name(bus.home, part)
    bus.wait_for_end(key, within=240)


def upload_and_kill_engine(bus: PagebusStack) -> None:
    key = f"in/acme/{NAME}-{uuid4()}.png"
    bus.upload(key, render_scan(build_pdf([draw_text(f"{WORD} {uuid4()}")])))
    wait_for(lambda: bus.list_processes("tesseract"), what="the engine")
    bus.kill("tesseract")
    bus.wait_for_end(key, within=240)


def announce(bus: PagebusStack, key: str) -> None:
    headers = {"ce_specversion": "1.0", "ce_id": str(uuid4()), "ce_source": "/s", "content-type": "application/json"}
    headers["ce_type"] = "io.pagebus.document.uploaded.v1"
    bus.produce("pagebus.uploads", json.dumps({"bucket": "pagebus-uploads", "key": key}).encode(), headers)


def count_outages(bus: PagebusStack) -> int:
    return sum("dependency.unavailable" in line for line in read_log_lines(bus))


def read_log_lines(bus: PagebusStack) -> Iterator[str]:
    for log in (bus.home / "logs").glob("*-[0-9]*.log"):
        yield from log.read_text().splitlines()


def list_canaries(bus: PagebusStack) -> list[str]:
    """Return all canaries and secrets in lower case, because the search ignores case."""
    secrets = [bus.environment["AWS_SECRET_ACCESS_KEY"], bus.environment["DATABASE_URL"]]
    return [canary.lower() for canary in (WORD, NAME, OPTION, *secrets)]


def assert_no_canary(bus: PagebusStack, place: str, text: str) -> None:
    for canary in list_canaries(bus):
        position = text.lower().find(canary)
        assert position < 0, f"{place}: …{text[max(0, position - 150) : position + len(canary) + 50]}…"


def test_canaries_are_in_no_log(stack_with_failures: PagebusStack) -> None:
    logs = [
        log for log in (stack_with_failures.home / "logs").glob("*.log") if log.stem not in {"kafka", "s3", "postgres"}
    ]
    assert {"twin"} < {log.stem.partition("-")[0] for log in logs}
    for log in logs:
        assert_no_canary(stack_with_failures, log.name, log.read_text())


def test_canaries_are_in_no_span(stack_with_failures: PagebusStack) -> None:
    files = [file for file in (stack_with_failures.home / "telemetry").iterdir() if file.is_file()]
    spans = "".join(file.read_text() for file in files)
    assert "process pagebus.uploads" in spans
    assert_no_canary(stack_with_failures, "spans", spans)


def test_canaries_are_in_no_metric(stack_with_failures: PagebusStack) -> None:
    with urlopen(f"{stack_with_failures.environment['OTEL_EXPORTER_OTLP_ENDPOINT']}/metrics") as answer:  # noqa: S310  # the URL is the twin's own
        metrics = answer.read().decode()
    assert "pagebus_pages_total" in metrics
    assert_no_canary(stack_with_failures, "metrics", metrics)


@pytest.mark.parametrize("topic", TOPICS)
def test_canaries_are_in_no_key_or_attribute(stack_with_failures: PagebusStack, topic: str) -> None:
    records = stack_with_failures.read_records(f"pagebus.{topic}")
    assert records
    for record in records:
        assert_no_canary(stack_with_failures, "key", str(record.key() or b""))
        # Events of external producers may have canaries, but the attributes that Knative adds to them must not.
        is_ours = (get_header(record, "ce_source") or "").startswith("/pagebus/")
        for name in dict(record.headers() or []):
            if is_ours or name.startswith("ce_knative"):
                assert_no_canary(
                    stack_with_failures, f"{topic} {name}", decode_value(name, get_header(record, name) or "")
                )


def decode_value(name: str, value: str) -> str:
    return base64.b64decode(value).decode() if name == "ce_knativeerrordata" else value


def test_search_finds_a_canary(stack_with_failures: PagebusStack, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"a line with {WORD.upper()} in it")
    with pytest.raises(AssertionError, match="a line"):
        assert_no_canary(stack_with_failures, "log", (tmp_path / "log").read_text())
