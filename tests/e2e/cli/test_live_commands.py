"""Commands that watch, send again and upload many files, on the embedded platform."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.e2e.odd_documents import build_two_page_tiff
from tests.kit import SAMPLES, PagebusStack, get_header, run_pagebus, wait_for

INVOICE = (SAMPLES / "rechnung.pdf").read_bytes()


@contextmanager
def running_command(bus: PagebusStack, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command for the context, and return its process."""
    command = [str(Path(sys.executable).with_name("pagebus")), *arguments]
    with subprocess.Popen(
        command,
        env=os.environ | {"PAGEBUS_HOME": str(bus.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@contextmanager
def watching(bus: PagebusStack, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `pagebus watch` for the context, and return its process once it reads the topics."""
    with running_command(bus, "watch", *arguments) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Watching ")
        yield process


def run_json(bus: PagebusStack, *arguments: str) -> Any:
    result = run_pagebus(*arguments, "--json", home=bus.home)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def publish_invalid_event(bus: PagebusStack) -> str:
    """Publish an event that is not JSON, and return its id."""
    event = str(uuid4())
    attributes = {"specversion": "1.0", "id": event, "source": "/somebody", "type": "io.pagebus.document.uploaded.v1"}
    headers = {f"ce_{name}": text.encode() for name, text in attributes.items()} | {"content-type": b"application/json"}
    bus.produce("pagebus.uploads", b"not JSON", headers, "k")
    return event


def wait_for_letter(bus: PagebusStack, event: str, *, times: int = 1) -> dict[str, Any]:
    """Wait until the event has arrived as a dead letter this many times, and return the letter."""
    come = "SELECT letter FROM dead_letters WHERE id = %s AND times = %s"
    wait_for(lambda: bus.query(come, event, times), what=f"a letter that arrived {times} times")
    return next(dict(row) for row in run_json(bus, "dead-letters", "list") if row["id"] == event)


def test_watch_prints_acceptance_and_completion(bus: PagebusStack) -> None:
    tenant = f"t{uuid4().hex[:8]}"

    with watching(bus, "--type", "document.*", "--limit", "2") as watch:
        [submitted] = run_json(bus, "submit", str(SAMPLES / "rechnung.pdf"), "--tenant", tenant, "--wait")
        out, _ = watch.communicate(timeout=60)

    assert watch.returncode == 0
    accepted, completed = out.splitlines()
    assert f"document.accepted    {submitted['document'][:8]}  1 page  application/pdf" in accepted
    assert f"document.completed   {submitted['document'][:8]}  1 page  100%" in completed
    assert "rechnung" not in out
    assert tenant not in out


def test_watch_prints_json_lines_of_all_topics(bus: PagebusStack) -> None:
    tenant = f"t{uuid4().hex[:8]}"
    [submitted] = run_json(bus, "submit", str(SAMPLES / "rechnung.pdf"), "--tenant", tenant, "--wait")

    flags = ("--all", "--from-beginning", "--document", submitted["document"][:12], "--limit", "7", "--json")
    printed = [json.loads(line) for line in run_pagebus("watch", *flags, home=bus.home).stdout.splitlines()]

    assert {record["topic"] for record in printed} == {
        f"pagebus.{name}" for name in ("outcomes", "results", "documents", "assemblies")
    }
    assert {record["data"]["document"] for record in printed} == {submitted["document"]}
    [end] = [record for record in printed if record["attributes"]["type"] == "io.pagebus.document.completed.v1"]
    [record] = [
        r
        for r in bus.read_document_records("pagebus.documents", submitted["document"])
        if get_header(r, "ce_id") == end["attributes"]["id"]
    ]
    assert (record.partition(), record.offset()) == (end["partition"], end["offset"])


def test_interrupt_ends_watch(bus: PagebusStack) -> None:
    with watching(bus) as watch:
        watch.send_signal(signal.SIGINT)
        out, error = watch.communicate(timeout=30)

    assert (watch.returncode, out) == (130, "")
    assert error == ""


def test_dead_letter_is_listed_shown_and_redriven(bus: PagebusStack) -> None:
    event = publish_invalid_event(bus)
    dead = wait_for_letter(bus, event)
    short = dead["letter"][:8]
    assert (dead["function"], dead["code"], dead["type"]) == ("intake", 422, "io.pagebus.document.uploaded.v1")

    listed = run_pagebus("dead-letters", "list", "--function", "intake", "--since", "1h", home=bus.home)
    assert short in listed.stdout
    assert "Invalid JSON" in listed.stdout
    assert "not JSON" in run_pagebus("dead-letters", "show", short, home=bus.home).stdout
    assert run_json(bus, "dead-letters", "show", short)["data"] == "not JSON"

    [rehearsed] = run_json(bus, "dead-letters", "redrive", short, "--dry-run")
    assert (rehearsed["verdict"], rehearsed["topic"]) == ("would be sent", "pagebus.uploads")
    assert len(find_records(bus, event)) == 1

    [sent] = run_json(bus, "dead-letters", "redrive", short)
    assert (sent["verdict"], sent["topic"]) == ("sent", "pagebus.uploads")
    back = wait_for_letter(bus, event, times=2)
    assert (back["resent"], back["is_out"]) == (1, False)
    first, second = find_records(bus, event)
    assert (first.value(), dict(first.headers() or [])) == (second.value(), dict(second.headers() or []))


def test_redriven_letter_is_skipped_until_it_returns(bus: PagebusStack) -> None:
    event = publish_invalid_event(bus)
    short = wait_for_letter(bus, event)["letter"][:8]
    # As if it had been sent and taken.
    bus.query("UPDATE dead_letters SET resent = 1, resent_at = now() WHERE id = %s RETURNING letter", event)

    refused = run_pagebus("dead-letters", "redrive", short, home=bus.home)

    assert refused.returncode == 0
    assert "already sent at" in refused.stdout
    assert "has not come back" in refused.stdout
    assert len(find_records(bus, event)) == 1


def find_records(bus: PagebusStack, event: str) -> list[Any]:
    return [record for record in bus.read_records("pagebus.uploads") if get_header(record, "ce_id") == event]


def test_watched_status_is_printed_per_change(bus: PagebusStack) -> None:
    tenant = f"t{uuid4().hex[:8]}"

    with running_command(bus, "status", "--watch", "--tenant", tenant, "--json") as status:
        assert status.stdout is not None
        before = json.loads(status.stdout.readline())
        run_json(bus, "submit", str(SAMPLES / "brief.png"), "--tenant", tenant, "--wait")
        printed = [before]
        while printed[-1].get("states") != {"completed": 1}:
            printed.append(json.loads(status.stdout.readline()))
        status.send_signal(signal.SIGINT)
        status.communicate(timeout=30)

    assert status.returncode == 130
    assert before["states"] == {}
    assert all(earlier != later for earlier, later in pairwise(printed))
    assert {function["state"] for function in before["functions"]} <= {"asleep", "waking", "awake"}
    assert "failing" not in str(printed)


def test_failed_page_has_reason_and_message(bus: PagebusStack, tmp_path: Path) -> None:
    (tmp_path / "odd.tif").write_bytes(build_two_page_tiff(second_side=60_000))
    tenant = f"t{uuid4().hex[:8]}"
    [submitted] = run_json(bus, "submit", str(tmp_path / "odd.tif"), "--tenant", tenant, "--wait")

    output = run_pagebus("status", submitted["document"], home=bus.home).stdout

    [page] = [page for page in run_json(bus, "status", submitted["document"])["pages"] if page["state"] == "failed"]
    assert (page["page"], page["reason"]) == (2, "image_too_large")
    assert f"image_too_large: {page['message'][:20]}" in output
    assert output.splitlines()[-1] == "1 of 2 pages failed. image_too_large: page 2."


def test_folder_is_submitted_in_order(bus: PagebusStack, tmp_path: Path) -> None:
    tenant = f"t{uuid4().hex[:8]}"
    for number in range(30):
        (tmp_path / f"{number:02}.pdf").write_bytes(INVOICE + b"%% %d\n" % number)

    result = run_pagebus("submit", str(tmp_path), "--tenant", tenant, "--wait", home=bus.home)

    assert result.returncode == 0, result.stderr
    keys = [line.split()[-1] for line in result.stdout.splitlines() if f"  in/{tenant}/" in line]
    assert keys == [f"in/{tenant}/{number:02}.pdf" for number in range(30)]
    assert result.stdout.count("Sägewerkstraße") == 30
    assert "30/30 documents, 30/30 pages" in result.stderr
    assert len(result.stderr.splitlines()) < 15


def test_interrupted_upload_reports_finished_files(bus: PagebusStack, tmp_path: Path) -> None:
    tenant = f"t{uuid4().hex[:8]}"
    for number in range(500):
        (tmp_path / f"{number:03}.pdf").write_bytes(b"%PDF-1.7" + os.urandom(20_000))

    with running_command(bus, "submit", str(tmp_path), "--tenant", tenant) as submit:
        assert submit.stdout is not None
        submit.stdout.readline()
        submit.send_signal(signal.SIGINT)
        _, error = submit.communicate(timeout=60)

    assert submit.returncode == 130
    [note] = [line for line in error.splitlines() if "of 500 files are uploaded" in line]
    assert "again; that does no harm" in note
    stored = bus.create_s3_client().list_objects_v2(Bucket=bus.environment["UPLOADS_BUCKET"], Prefix=f"in/{tenant}/")[
        "KeyCount"
    ]
    assert stored == int(note.split()[0]) < 500
