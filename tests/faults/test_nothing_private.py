"""What a document is called and says, and every secret, stays out of logs, spans, metrics, attributes and keys."""

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
from tests.kit import Running, eventually, header
from tests.unit.documents.handmade import line, pdf

WORD, NAME, SAID = "Quittenmus", "Gehaltsliste-Mustermann", "Kanarienvogel"
TEXT = pdf([line(f"{WORD} und Zwiebelkuchen, je zwei Portionen, Rechnung folgt")])
TOPICS = (
    "uploads",
    "outcomes",
    "pages.tesseract",
    "results",
    "documents",
    "assemblies",
    "dead-letters",
)


def scan(document: bytes) -> bytes:
    """The first page as a picture."""
    file = io.BytesIO()
    with pypdfium2.PdfDocument(document) as opened:
        opened[0].render(scale=3).to_pil().save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def busy(bus: Running) -> Running:
    """A bus on which everything happened to documents with canaries: they were read, refused, and everything failed."""
    read = {f"in/acme/{NAME}-{uuid4()}.pdf": TEXT + uuid4().bytes, f"in/acme/{NAME}-{uuid4()}.png": scan(TEXT)}
    refused = {
        f"in/acme/{NAME}-{uuid4()}.pdf": TEXT[: len(TEXT) // 2],
        f"in/acme/{NAME}-{uuid4()}.txt": f"{WORD}".encode(),
        f"{NAME}/{uuid4()}.pdf": TEXT,
    }
    for key, body in (read | refused).items():
        bus.upload(key, body)
    wished = f"in/acme/{NAME}-{uuid4()}.pdf"
    bus.upload(wished, TEXT, {"pagebus-languages": SAID})
    unusable(bus)
    for key in (*read, *refused, wished):
        bus.ended(key)
    assert {WORD in row["text"] for row in texts(bus)} == {True}
    without(bus, "postgres")
    without(bus, "s3")
    killed(bus)
    eventually(lambda: bus.rows("SELECT FROM dead_letters"), what="dead letters")
    # What the functions have still to export, they export at the latest when they go to zero.
    eventually(lambda: awake(bus) <= {"reconciler"}, within=180, what="all but one at zero")
    return bus


def awake(bus: Running) -> set[str]:
    return {one["name"] for one in bus.state()["functions"] if one["ready"]}


def texts(bus: Running) -> list[dict[str, str]]:
    return bus.rows(
        "SELECT text FROM pages JOIN documents USING (document) WHERE key LIKE %s AND text <> ''", f"in/acme/{NAME}%"
    )


def unusable(bus: Running) -> None:
    """Events that nobody can use, with canaries wherever a stranger may put them."""
    stranger = {
        "ce_specversion": "1.0",
        "ce_id": f"{NAME}-{uuid4()}",
        "ce_source": f"/{SAID}",
        "ce_subject": f"{NAME}.pdf",
        "content-type": "application/json",
    }
    data = json.dumps({"bucket": "pagebus-uploads", "key": f"in/acme/{NAME}.pdf", SAID: WORD}).encode()
    uploaded = "io.pagebus.document.uploaded.v1"
    bus.produce("pagebus.uploads", data, {**stranger, "ce_type": uploaded, "traceparent": SAID})
    bus.produce("pagebus.uploads", data[:-5], {**stranger, "ce_type": uploaded, "ce_traceparent": SAID})
    bus.produce("pagebus.uploads", data, {**stranger, "ce_type": "com.example.unknown"})
    bus.produce("pagebus.uploads", data[:-5], {})


def without(bus: Running, part: str) -> None:
    """A document comes while a server is away."""
    key = f"announced/acme/{NAME}-{uuid4()}.pdf"
    bus.upload(key, TEXT + uuid4().bytes)
    before = unavailable(bus)
    lifecycle.stop_part(bus.home, part)
    announce(bus, key)
    eventually(lambda: unavailable(bus) > before, what="a failure")
    lifecycle.start_part(bus.home, part)
    bus.ended(key, within=240)


def killed(bus: Running) -> None:
    key = f"in/acme/{NAME}-{uuid4()}.png"
    bus.upload(key, scan(pdf([line(f"{WORD} {uuid4()}")])))
    eventually(lambda: bus.processes("tesseract"), what="the engine")
    bus.kill("tesseract")
    bus.ended(key, within=240)


def announce(bus: Running, key: str) -> None:
    headers = {"ce_specversion": "1.0", "ce_id": str(uuid4()), "ce_source": "/s", "content-type": "application/json"}
    headers["ce_type"] = "io.pagebus.document.uploaded.v1"
    bus.produce("pagebus.uploads", json.dumps({"bucket": "pagebus-uploads", "key": key}).encode(), headers)


def unavailable(bus: Running) -> int:
    return sum("dependency.unavailable" in line for line in logged(bus))


def logged(bus: Running) -> Iterator[str]:
    for log in (bus.home / "logs").glob("*-[0-9]*.log"):
        yield from log.read_text().splitlines()


def canaries(bus: Running) -> list[str]:
    """In lower case, as they are looked for."""
    secrets = [bus.environment["AWS_SECRET_ACCESS_KEY"], bus.environment["DATABASE_URL"]]
    return [canary.lower() for canary in (WORD, NAME, SAID, *secrets)]


def clean(bus: Running, place: str, told: str) -> None:
    for canary in canaries(bus):
        at = told.lower().find(canary)
        assert at < 0, f"{place}: …{told[max(0, at - 150) : at + len(canary) + 50]}…"


def test_they_are_in_no_log_of_ours(busy: Running) -> None:
    logs = [log for log in (busy.home / "logs").glob("*.log") if log.stem not in {"kafka", "s3", "postgres"}]
    assert {"twin"} < {log.stem.partition("-")[0] for log in logs}
    for log in logs:
        clean(busy, log.name, log.read_text())


def test_they_are_in_no_span(busy: Running) -> None:
    files = [file for file in (busy.home / "telemetry").iterdir() if file.is_file()]
    told = "".join(file.read_text() for file in files)
    assert "process pagebus.uploads" in told
    clean(busy, "spans", told)


def test_they_are_in_no_metric(busy: Running) -> None:
    with urlopen(f"{busy.environment['OTEL_EXPORTER_OTLP_ENDPOINT']}/metrics") as answer:  # noqa: S310  # the twin's own
        told = answer.read().decode()
    assert "pagebus_pages_total" in told
    clean(busy, "metrics", told)


@pytest.mark.parametrize("topic", TOPICS)
def test_they_are_in_no_key_and_no_attribute_of_ours(busy: Running, topic: str) -> None:
    records = busy.records(f"pagebus.{topic}")
    assert records
    for record in records:
        clean(busy, "key", str(record.key() or b""))
        # A stranger's event has his own words in it; what Knative adds to it is ours.
        ours = (header(record, "ce_source") or "").startswith("/pagebus/")
        for name in dict(record.headers() or []):
            if ours or name.startswith("ce_knative"):
                clean(busy, f"{topic} {name}", said(name, header(record, name) or ""))


def said(name: str, value: str) -> str:
    return base64.b64decode(value).decode() if name == "ce_knativeerrordata" else value


def test_what_looks_is_able_to_find(busy: Running, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"a line with {WORD.upper()} in it")
    with pytest.raises(AssertionError, match="a line"):
        clean(busy, "log", (tmp_path / "log").read_text())
