"""The verbs that look on, send again and upload many, on the embedded platform."""

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

import pytest

from tests.e2e.odd_documents import two_pages
from tests.kit import SAMPLES, Running, eventually, header, pagebus, running

INVOICE = (SAMPLES / "rechnung.pdf").read_bytes()


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live"), "embedded") as up:
        yield up


@contextmanager
def going(bus: Running, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs."""
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
def watching(bus: Running, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`pagebus watch`, from the moment on in which it sees everything."""
    with going(bus, "watch", *arguments) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Watching ")
        yield process


def answer(bus: Running, *arguments: str) -> Any:
    result = pagebus(*arguments, "--json", home=bus.home)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def poisoned(bus: Running) -> str:
    """The id of an event that nobody can read."""
    event = str(uuid4())
    said = {"specversion": "1.0", "id": event, "source": "/somebody", "type": "io.pagebus.document.uploaded.v1"}
    headers = {f"ce_{name}": text.encode() for name, text in said.items()} | {"content-type": b"application/json"}
    bus.produce("pagebus.uploads", b"not JSON", headers, "k")
    return event


def letter(bus: Running, event: str, *, times: int = 1) -> dict[str, Any]:
    """Its dead letter, once it has come so often."""
    come = "SELECT letter FROM dead_letters WHERE id = %s AND times = %s"
    eventually(lambda: bus.rows(come, event, times), what=f"a letter that came {times} times")
    return next(dict(one) for one in answer(bus, "dead-letters", "list") if one["id"] == event)


def test_a_document_is_watched_from_its_acceptance_to_its_end(bus: Running) -> None:
    tenant = f"t{uuid4().hex[:8]}"

    with watching(bus, "--type", "document.*", "--limit", "2") as watch:
        [submitted] = answer(bus, "submit", str(SAMPLES / "rechnung.pdf"), "--tenant", tenant, "--wait")
        out, _ = watch.communicate(timeout=60)

    assert watch.returncode == 0
    accepted, completed = out.splitlines()
    assert f"document.accepted    {submitted['document'][:8]}  1 page  application/pdf" in accepted
    assert f"document.completed   {submitted['document'][:8]}  1 page  100%" in completed
    assert "rechnung" not in out
    assert tenant not in out


def test_all_topics_are_watched_as_json_with_a_line_per_event(bus: Running) -> None:
    tenant = f"t{uuid4().hex[:8]}"
    [submitted] = answer(bus, "submit", str(SAMPLES / "rechnung.pdf"), "--tenant", tenant, "--wait")

    flags = ("--all", "--from-beginning", "--document", submitted["document"][:12], "--limit", "7", "--json")
    told = [json.loads(line) for line in pagebus("watch", *flags, home=bus.home).stdout.splitlines()]

    assert {one["topic"] for one in told} == {
        f"pagebus.{name}" for name in ("outcomes", "results", "documents", "assemblies")
    }
    assert {one["data"]["document"] for one in told} == {submitted["document"]}
    [end] = [one for one in told if one["attributes"]["type"] == "io.pagebus.document.completed.v1"]
    [record] = [
        r for r in bus.said("pagebus.documents", submitted["document"]) if header(r, "ce_id") == end["attributes"]["id"]
    ]
    assert (record.partition(), record.offset()) == (end["partition"], end["offset"])


def test_ctrl_c_ends_watching(bus: Running) -> None:
    with watching(bus) as watch:
        watch.send_signal(signal.SIGINT)
        out, error = watch.communicate(timeout=30)

    assert (watch.returncode, out) == (130, "")
    assert error == ""


def test_a_dead_letter_is_listed_shown_and_sent_again_once_for_every_time_that_it_came(bus: Running) -> None:
    event = poisoned(bus)
    dead = letter(bus, event)
    short = dead["letter"][:8]
    assert (dead["function"], dead["code"], dead["type"]) == ("intake", 422, "io.pagebus.document.uploaded.v1")

    listed = pagebus("dead-letters", "list", "--function", "intake", "--since", "1h", home=bus.home)
    assert short in listed.stdout
    assert "Invalid JSON" in listed.stdout
    assert "not JSON" in pagebus("dead-letters", "show", short, home=bus.home).stdout
    assert answer(bus, "dead-letters", "show", short)["data"] == "not JSON"

    [rehearsed] = answer(bus, "dead-letters", "redrive", short, "--dry-run")
    assert (rehearsed["verdict"], rehearsed["topic"]) == ("would be sent", "pagebus.uploads")
    assert len(uploads(bus, event)) == 1

    [sent] = answer(bus, "dead-letters", "redrive", short)
    assert (sent["verdict"], sent["topic"]) == ("sent", "pagebus.uploads")
    back = letter(bus, event, times=2)
    assert (back["resent"], back["is_out"]) == (1, False)
    first, second = uploads(bus, event)
    assert (first.value(), dict(first.headers() or [])) == (second.value(), dict(second.headers() or []))


def test_a_letter_that_has_not_come_back_is_not_sent_a_second_time(bus: Running) -> None:
    event = poisoned(bus)
    short = letter(bus, event)["letter"][:8]
    # As if it had been sent and taken.
    bus.rows("UPDATE dead_letters SET resent = 1, resent_at = now() WHERE id = %s RETURNING letter", event)

    refused = pagebus("dead-letters", "redrive", short, home=bus.home)

    assert refused.returncode == 0
    assert "already sent at" in refused.stdout
    assert "has not come back" in refused.stdout
    assert len(uploads(bus, event)) == 1


def uploads(bus: Running, event: str) -> list[Any]:
    return [record for record in bus.records("pagebus.uploads") if header(record, "ce_id") == event]


def test_the_status_is_told_again_whenever_something_changed(bus: Running) -> None:
    tenant = f"t{uuid4().hex[:8]}"

    with going(bus, "status", "--watch", "--tenant", tenant, "--json") as status:
        assert status.stdout is not None
        before = json.loads(status.stdout.readline())
        answer(bus, "submit", str(SAMPLES / "brief.png"), "--tenant", tenant, "--wait")
        told = [before]
        while told[-1].get("states") != {"completed": 1}:
            told.append(json.loads(status.stdout.readline()))
        status.send_signal(signal.SIGINT)
        status.communicate(timeout=30)

    assert status.returncode == 130
    assert before["states"] == {}
    assert all(earlier != later for earlier, later in pairwise(told))
    assert {function["state"] for function in before["functions"]} <= {"asleep", "waking", "awake"}
    assert "failing" not in str(told)


def test_a_failed_page_is_told_with_its_reason_and_message(bus: Running, tmp_path: Path) -> None:
    (tmp_path / "odd.tif").write_bytes(two_pages(second_side=60_000))
    tenant = f"t{uuid4().hex[:8]}"
    [submitted] = answer(bus, "submit", str(tmp_path / "odd.tif"), "--tenant", tenant, "--wait")

    told = pagebus("status", submitted["document"], home=bus.home).stdout

    [page] = [page for page in answer(bus, "status", submitted["document"])["pages"] if page["state"] == "failed"]
    assert (page["page"], page["reason"]) == (2, "image_too_large")
    assert f"image_too_large: {page['message'][:20]}" in told
    assert told.splitlines()[-1] == "1 of 2 pages failed. image_too_large: page 2."


def test_a_folder_is_uploaded_several_files_at_a_time_and_told_in_order(bus: Running, tmp_path: Path) -> None:
    tenant = f"t{uuid4().hex[:8]}"
    for number in range(30):
        (tmp_path / f"{number:02}.pdf").write_bytes(INVOICE + b"%% %d\n" % number)

    result = pagebus("submit", str(tmp_path), "--tenant", tenant, "--wait", home=bus.home)

    assert result.returncode == 0, result.stderr
    keys = [line.split()[-1] for line in result.stdout.splitlines() if f"  in/{tenant}/" in line]
    assert keys == [f"in/{tenant}/{number:02}.pdf" for number in range(30)]
    assert result.stdout.count("Sägewerkstraße") == 30
    assert "30/30 documents, 30/30 pages" in result.stderr
    assert len(result.stderr.splitlines()) < 15


def test_ctrl_c_stops_uploading_and_says_how_far_it_came(bus: Running, tmp_path: Path) -> None:
    tenant = f"t{uuid4().hex[:8]}"
    for number in range(500):
        (tmp_path / f"{number:03}.pdf").write_bytes(b"%PDF-1.7" + os.urandom(20_000))

    with going(bus, "submit", str(tmp_path), "--tenant", tenant) as submit:
        assert submit.stdout is not None
        submit.stdout.readline()
        submit.send_signal(signal.SIGINT)
        _, error = submit.communicate(timeout=60)

    assert submit.returncode == 130
    [said] = [line for line in error.splitlines() if "of 500 files are uploaded" in line]
    assert "again does no harm" in said
    there = bus.s3().list_objects_v2(Bucket=bus.environment["UPLOADS_BUCKET"], Prefix=f"in/{tenant}/")["KeyCount"]
    assert there == int(said.split()[0]) < 500
