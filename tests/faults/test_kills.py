"""Tests that every upload ends exactly once if processes are killed, servers stop or notifications are lost."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from confluent_kafka import Message

from events.document import DocumentAccepted
from local.platform import lifecycle
from local.platform.state import find_free_port
from tests.kit import SAMPLES, PagebusStack, get_header, parse_body, run_pagebus, wait_for

LETTER = (SAMPLES / "brief.png").read_bytes()
FAX = (SAMPLES / "fax.tif").read_bytes()


def make_unique(document: bytes) -> bytes:
    """Return the same pages in other bytes, so that no stored reading of an earlier test is found."""
    return document + uuid4().bytes


def assert_ends_once(bus: PagebusStack, key: str, *, pages: int) -> None:
    """Wait until the document completes, and assert that its end and its pages were published once."""
    ended = bus.wait_for_end(key, within=240)
    assert (ended["state"], ended["recognized"]) == ("completed", pages)
    wait_for(lambda: bus.read_document_records("pagebus.documents", ended["document"]))
    ends = [
        get_header(r, "ce_id")
        for r in bus.read_document_records("pagebus.documents", ended["document"])
        if is_end(get_header(r, "ce_type"))
    ]
    assert len(set(ends)) == 1
    assert (
        len({get_header(r, "ce_subject") for r in bus.read_document_records("pagebus.results", ended["document"])})
        == pages
    )


def is_end(event_type: str | None) -> bool:
    return (event_type or "").endswith((".completed.v1", ".failed.v1", ".rejected.v1"))


def test_engine_killed_during_page_reads_it_again(bus: PagebusStack) -> None:
    key = f"in/acme/{uuid4()}.tif"
    bus.upload(key, make_unique(FAX))
    wait_for(
        lambda: bus.get_function("tesseract")["in_flight"] and bus.list_processes("tesseract"), what="a page being read"
    )

    bus.kill("tesseract")

    assert_ends_once(bus, key, pages=3)


def test_persistence_killed_before_publish_publishes_later(bus: PagebusStack) -> None:
    warm_up = f"in/acme/{uuid4()}.png"
    bus.upload(warm_up, LETTER)
    assert_ends_once(bus, warm_up, pages=1)
    key = f"in/acme/{uuid4()}.tif"
    kafka = lifecycle.find_server_pid(bus.home, "kafka")
    assert kafka

    bus.upload(key, make_unique(FAX))
    document = wait_for(lambda: bus.find_document(key))["document"]
    with psycopg.connect(bus.environment["DATABASE_URL"]) as lock_holder:
        # The lock makes persistence wait with the next outcome. Kafka stops before the lock is released, so
        # persistence can commit but cannot publish.
        lock_holder.execute("SELECT 1 FROM documents WHERE document = %s FOR UPDATE", [document])
        before = get_moved_at(bus, document)
        wait_for(lambda: is_waiting_for_lock(bus), what="persistence waiting for the row")
        os.kill(kafka, signal.SIGSTOP)
    try:
        wait_for(lambda: get_moved_at(bus, document) != before, what="the commit")
        bus.kill("persistence")
    finally:
        os.kill(kafka, signal.SIGCONT)

    assert_ends_once(bus, key, pages=3)


def get_moved_at(bus: PagebusStack, document: object) -> object:
    return bus.query("SELECT moved_at FROM documents WHERE document = %s", document)[0]["moved_at"]


def is_waiting_for_lock(bus: PagebusStack) -> bool:
    """Return whether any connection waits for a lock."""
    return bool(bus.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


def test_killed_twin_continues_after_restart(bus: PagebusStack, manifests: tuple[Path, ...]) -> None:
    key = f"in/acme/{uuid4()}.tif"
    bus.upload(key, make_unique(FAX))
    wait_for(lambda: bus.find_document(key), what="intake")

    os.kill(get_twin_pid(bus), signal.SIGKILL)
    folders = [argument for folder in manifests for argument in ("--manifests", str(folder))]
    up = run_pagebus("up", "--detach", "--platform", "real", *folders, home=bus.home)

    assert up.returncode == 0, up.stderr
    assert_ends_once(bus, key, pages=3)


def get_twin_pid(bus: PagebusStack) -> int:
    return int(json.loads((bus.home / "twin.json").read_text())["pid"])


def test_upload_without_notification_is_found(bus: PagebusStack) -> None:
    key = f"in/acme/{uuid4()}.png"

    with run_silent_store(bus) as url:
        PagebusStack(bus.home, bus.environment | {"AWS_ENDPOINT_URL": url}).upload(key, LETTER)

    assert_ends_once(bus, key, pages=1)


@contextmanager
def run_silent_store(bus: PagebusStack) -> Iterator[str]:
    """Run a second S3 server on the same objects that sends no notifications, and yield its URL."""
    pid = lifecycle.find_server_pid(bus.home, "s3")
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    variables = dict(variable.split("=", 1) for variable in Path(f"/proc/{pid}/environ").read_text().split("\0")[:-1])
    address = f"127.0.0.1:{find_free_port()}"
    port = command.index("--port") + 1
    first_event_option = next(number for number, word in enumerate(command) if word.startswith("--event"))
    command = [*command[:port], address, *command[port + 1 : first_event_option], *command[command.index("posix") :]]
    with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as store:
        try:
            wait_for(lambda: is_listening(address), what="the second S3 server")
            yield f"http://{address}"
        finally:
            store.terminate()


def is_listening(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.mark.timeout(600)
def test_postgresql_outage_beyond_retry_budget_loses_nothing(bus: PagebusStack) -> None:
    before, during = f"in/acme/{uuid4()}.tif", f"in/acme/{uuid4()}.png"
    bus.upload(before, make_unique(FAX))
    wait_for(lambda: bus.find_document(before), what="intake")

    lifecycle.stop_server_by_name(bus.home, "postgres")
    try:
        bus.upload(during, make_unique(LETTER))
        wait_for(lambda: find_dead_acceptance(bus, during), within=240, what="the dead letter of an outcome")
    finally:
        lifecycle.start_server_by_name(bus.home, "postgres")

    assert_ends_once(bus, before, pages=3)
    assert_ends_once(bus, during, pages=1)


def find_dead_acceptance(bus: PagebusStack, key: str) -> Message | None:
    """Return the dead letter of the acceptance of a document that persistence could not commit, or None."""
    for record in bus.read_records("pagebus.dead-letters"):
        is_acceptance = get_header(record, "ce_type") == DocumentAccepted.TYPE
        if is_acceptance and parse_body(record)["key"] == key:
            assert (get_header(record, "ce_knativeerrordest") or "").startswith("http://persistence.")
            return record
    return None
