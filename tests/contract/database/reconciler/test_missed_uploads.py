"""Missed uploads: objects whose notification never came are announced by the reconciler."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog
from structlog.testing import capture_logs

from events.document import DocumentUploaded
from functions.reconciler import missed_uploads
from functions.reconciler.handler import ReconcilerDependencies
from functions.runtime.database import Database
from tests.contract.database.reconciler.runs import FakeBus, advance_time, run_reconciler


def test_missed_upload_is_announced_once(
    dependencies: ReconcilerDependencies, bus: FakeBus, upload: Callable[[str], None]
) -> None:
    keys = ["in/acme/%2B+ +.png", "in/acme/Größe & b+c 100%.png", "in/keyless.png"]
    for key in keys:
        upload(key)
    run_reconciler(dependencies)
    run_reconciler(dependencies)
    assert [(event.key, event.etag is None) for event in bus.events if isinstance(event, DocumentUploaded)] == [
        (key, False) for key in keys
    ]


def test_folders_and_other_prefixes_are_ignored(
    dependencies: ReconcilerDependencies, bus: FakeBus, upload: Callable[[str], None]
) -> None:
    for key in ("in/acme/", "announced/acme/a.png", "other/a.png"):
        upload(key)
    run_reconciler(dependencies)
    assert bus.events == []


def test_new_upload_is_not_announced_yet(
    dependencies: ReconcilerDependencies, bus: FakeBus, upload: Callable[[str], None]
) -> None:
    upload("in/acme/a.png")
    run_reconciler(replace(dependencies, settings=dependencies.settings.model_copy(update={"unseen_seconds": 120})))
    assert bus.events == []


def test_next_run_continues_after_last_listing(
    dependencies: ReconcilerDependencies, bus: FakeBus, upload: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed_uploads, "LISTING_SIZE", 2)
    for n in range(5):
        upload(f"in/acme/{n}.png")
    one_listing = replace(dependencies, settings=dependencies.settings.model_copy(update={"listing_pages": 1}))
    counts = []
    for _ in range(3):
        run_reconciler(one_listing)
        counts.append(len(bus.take_events()))
    assert counts == [2, 2, 1]
    upload("in/acme/0.jpeg")
    run_reconciler(one_listing)
    assert len(bus.events) == 1


def test_lost_announcement_is_repeated(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, upload: Callable[[str], None]
) -> None:
    upload("in/acme/a.png")
    run_reconciler(dependencies)
    first = bus.take_events()
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert bus.events == first


@pytest.mark.parametrize("listing_size", [1, 1000])
def test_unusable_key_is_skipped_and_not_logged(
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    upload: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    listing_size: int,
) -> None:
    monkeypatch.setattr(missed_uploads, "LISTING_SIZE", listing_size)
    monkeypatch.setattr(missed_uploads, "log", structlog.get_logger())
    for key in ("in/acme/a.png", "in/acme/b\0secret.png", "in/acme/b\u00e4.png", "in/acme/c.png"):
        upload(key)
    with capture_logs() as logs:
        run_reconciler(dependencies)
    keys = [event.key for event in bus.events if isinstance(event, DocumentUploaded)]
    assert keys == ["in/acme/a.png", "in/acme/b\u00e4.png", "in/acme/c.png"]
    assert [entry["skipped"] for entry in logs if entry["event"] == "uploads.unusable_keys"] == [1]
    assert "secret" not in str(logs)
