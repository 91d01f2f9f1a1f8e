"""Whatever is killed, cut or lost: every upload gets exactly one end."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from local.platform import lifecycle
from tests.kit import SAMPLES, Running, eventually, header, pagebus

LETTER = (SAMPLES / "brief.png").read_bytes()
FAX = (SAMPLES / "fax.tif").read_bytes()


def unread(document: bytes) -> bytes:
    """The same pages in other bytes, so that no earlier test's reading is found."""
    return document + uuid4().bytes


def ends_once(bus: Running, key: str, *, pages: int) -> None:
    """The document completes, and the bus says so once."""
    ended = bus.ended(key, within=240)
    assert (ended["state"], ended["recognized"]) == ("completed", pages)
    eventually(lambda: bus.said("pagebus.documents", ended["document"]))
    ends = [
        header(r, "ce_id") for r in bus.said("pagebus.documents", ended["document"]) if is_end(header(r, "ce_type"))
    ]
    assert len(set(ends)) == 1
    assert len({header(r, "ce_subject") for r in bus.said("pagebus.results", ended["document"])}) == pages


def is_end(event_type: str | None) -> bool:
    return (event_type or "").endswith((".completed.v1", ".failed.v1", ".rejected.v1"))


def test_an_engine_killed_in_the_middle_of_a_page_reads_it_again(bus: Running) -> None:
    key = f"in/acme/{uuid4()}.tif"
    bus.upload(key, unread(FAX))
    eventually(lambda: bus.function("tesseract")["in_flight"] and bus.processes("tesseract"), what="a page being read")

    bus.kill("tesseract")

    ends_once(bus, key, pages=3)


def test_persistence_killed_between_commit_and_publish_says_it_after_all(bus: Running) -> None:
    warm = f"in/acme/{uuid4()}.png"
    bus.upload(warm, LETTER)
    ends_once(bus, warm, pages=1)
    key = f"in/acme/{uuid4()}.tif"
    kafka = lifecycle.part_pid(bus.home, "kafka")
    assert kafka

    bus.upload(key, unread(FAX))
    document = eventually(lambda: bus.document(key))["document"]
    with psycopg.connect(bus.environment["DATABASE_URL"]) as holder:
        # Persistence waits for this row with the next outcome in its hands; then Kafka stops, then it may commit.
        holder.execute("SELECT 1 FROM documents WHERE document = %s FOR UPDATE", [document])
        before = moved(bus, document)
        eventually(lambda: waiting_for_a_row(bus), what="persistence waiting for the row")
        os.kill(kafka, signal.SIGSTOP)
    try:
        eventually(lambda: moved(bus, document) != before, what="the commit")
        bus.kill("persistence")
    finally:
        os.kill(kafka, signal.SIGCONT)

    ends_once(bus, key, pages=3)


def moved(bus: Running, document: object) -> object:
    return bus.rows("SELECT moved_at FROM documents WHERE document = %s", document)[0]["moved_at"]


def waiting_for_a_row(bus: Running) -> bool:
    return bool(bus.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


def test_a_twin_that_is_killed_goes_on_where_it_was(bus: Running, manifests: tuple[Path, ...]) -> None:
    key = f"in/acme/{uuid4()}.tif"
    bus.upload(key, unread(FAX))
    eventually(lambda: bus.document(key), what="intake")

    os.kill(twin_of(bus), signal.SIGKILL)
    up = pagebus(
        "up", "--detach", "--platform", "real", *(a for m in manifests for a in ("--manifests", str(m))), home=bus.home
    )

    assert up.returncode == 0, up.stderr
    ends_once(bus, key, pages=3)


def twin_of(bus: Running) -> int:
    return int(json.loads((bus.home / "twin.json").read_text())["pid"])


def test_an_upload_whose_notification_never_came_is_found(bus: Running) -> None:
    key = f"in/acme/{uuid4()}.png"

    with silent_store(bus) as url:
        Running(bus.home, bus.environment | {"AWS_ENDPOINT_URL": url}).upload(key, LETTER)

    ends_once(bus, key, pages=1)


@contextmanager
def silent_store(bus: Running) -> Iterator[str]:
    """A second door to the same objects, which tells nobody what comes in."""
    pid = lifecycle.part_pid(bus.home, "s3")
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    variables = dict(v.split("=", 1) for v in Path(f"/proc/{pid}/environ").read_text().split("\0")[:-1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    at = command.index("--port") + 1
    events = next(i for i, word in enumerate(command) if word.startswith("--event"))
    command = [*command[:at], address, *command[at + 1 : events], *command[command.index("posix") :]]
    with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as store:
        try:
            eventually(lambda: answers(address), what="the second door")
            yield f"http://{address}"
        finally:
            store.terminate()


def answers(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.mark.timeout(600)
def test_nothing_is_given_up_while_postgresql_is_gone_for_two_minutes(bus: Running) -> None:
    before, during = f"in/acme/{uuid4()}.tif", f"in/acme/{uuid4()}.png"
    bus.upload(before, unread(FAX))
    eventually(lambda: bus.document(before), what="intake")

    lifecycle.stop_part(bus.home, "postgres")
    try:
        bus.upload(during, unread(LETTER))
        time.sleep(120)  # the fault itself lasts this long
    finally:
        lifecycle.start_part(bus.home, "postgres")

    ends_once(bus, before, pages=3)
    ends_once(bus, during, pages=1)
