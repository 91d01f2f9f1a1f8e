"""Repairs of stalled documents and of outcomes that were never published."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from events.document import DocumentAccepted, DocumentFailed, DocumentRecognized, DocumentUploaded
from events.envelope import Envelope
from events.page import PageFailed, PageRequested
from events.reasons import DocumentFailure, PageFailure
from functions.dead_letter.store import save_dead_letter
from functions.reconciler.handler import ReconcilerDependencies
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from tests.contract.database.reconciler.runs import LETTER, TRACEPARENT, FakeBus, advance_time, run_reconciler
from tests.contract.database.rows import commit_outcome, execute, select_document, select_rows
from tests.unit.persistence.outcomes import ExampleDocument


def test_document_with_recent_progress_is_not_repaired(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted())
    advance_time(database, 299)
    run_reconciler(dependencies)
    assert bus.events == []


def test_waiting_pages_are_requested_with_growing_pauses(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted(), LETTER.make_recognized(2))
    for attempt, pause in ((2, 300), (3, 600), (4, 1200), (5, 2400), (6, 3600), (7, 3600)):
        advance_time(database, pause - 5)
        run_reconciler(dependencies)
        assert bus.events == []
        advance_time(database, 6)
        run_reconciler(dependencies)
        events = bus.take_events()
        assert [type(event) for event in events] == [PageRequested, PageRequested]
        assert [(e.page, e.attempt) for e in events if isinstance(e, PageRequested)] == [(1, attempt), (3, attempt)]
    assert set(bus.traces) == {TRACEPARENT}


def test_progress_resets_repair_count(
    database: Database, dependencies: ReconcilerDependencies, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted())
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert select_document(database, LETTER)["pushes"] == 1
    persist(LETTER.make_recognized(1))
    assert select_document(database, LETTER)["pushes"] == 0


def test_missing_range_is_announced_again(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted(1, 1), LETTER.make_recognized(1))
    advance_time(database, 301)
    run_reconciler(dependencies)
    (event,) = bus.events
    assert isinstance(event, DocumentUploaded)
    assert (event.first_page, event.options.languages, event.options.engines) == (2, ("deu", "eng"), ("tesseract",))


def test_lost_text_layer_is_announced_again(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted(route=()), LETTER.make_recognized(1))
    advance_time(database, 301)
    run_reconciler(dependencies)
    (event,) = bus.events
    assert isinstance(event, DocumentUploaded)
    assert event.first_page == 2


def test_document_without_acceptance_is_announced_again(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(*(LETTER.make_recognized(n) for n in (1, 2, 3)))
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert [type(event) for event in bus.events] == [DocumentUploaded]


def test_unassembled_document_is_sent_to_assembly_again(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted(), *(LETTER.make_recognized(n) for n in (1, 2, 3)))
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert [type(event) for event in bus.events] == [DocumentRecognized]


def make_dead_letter(page: int, code: str | None, attempt: int) -> Envelope:
    extensions = {"knativeerrordest": "http://tesseract"} | ({"knativeerrorcode": code} if code else {})
    subject = f"{LETTER.document_id}/pages/{page}"
    return Envelope(
        id=f"{page}-{attempt}",
        source="/pagebus/intake",
        type=PageRequested.TYPE,
        subject=subject,
        extensions=extensions,
    )


@pytest.mark.parametrize("code", ["500", "502"])
def test_only_page_that_crashes_engine_is_abandoned(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None], code: str
) -> None:
    persist(LETTER.make_accepted())
    for attempt in range(5):
        save_dead_letter(database, make_dead_letter(1, code, attempt))
    advance_time(database, 301)
    run_reconciler(dependencies)
    (failed,) = (event for event in bus.events if isinstance(event, PageFailed))
    assert (failed.page, failed.reason) == (1, PageFailure.GAVE_UP)
    assert [event.page for event in bus.events if isinstance(event, PageRequested)] == [2, 3]


@pytest.mark.parametrize("code", ["404", "408", "409", "429", "503", "504", None])
def test_page_of_unavailable_engine_is_not_abandoned(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    code: str | None,
) -> None:
    persist(LETTER.make_accepted())
    for attempt in range(9):
        save_dead_letter(database, make_dead_letter(1, code, attempt))
    execute(database, "UPDATE pages SET attempts = 9")
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert [event.page for event in bus.events if isinstance(event, PageRequested)] == [1, 2, 3]


def test_page_without_engine_topics_fails_alone(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    other = ExampleDocument("other.pdf", pages=1)
    persist(LETTER.make_accepted(route=("surya",)), other.make_accepted())
    advance_time(database, 301)
    run_reconciler(dependencies)

    failed = [event for event in bus.events if isinstance(event, PageFailed)]
    assert [(event.page, event.reason) for event in failed] == [(page, PageFailure.NO_ENGINE) for page in (1, 2, 3)]
    (request,) = [event for event in bus.events if isinstance(event, PageRequested)]
    assert (request.document, request.engine) == (other.document_id, "tesseract")


def test_waiting_requests_do_not_count_as_failed(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted())
    for attempt in (0, 1, 2, 3, 3, 3):
        save_dead_letter(database, make_dead_letter(1, "502", attempt))
    execute(database, "UPDATE pages SET attempts = 99")
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert [type(event) for event in bus.events] == [PageRequested] * 3


@pytest.mark.parametrize("outcomes", [(), (LETTER.make_accepted(),), (LETTER.make_recognized(1),)])
def test_overdue_document_fails(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    outcomes: tuple[Any, ...],
) -> None:
    persist(*(outcomes or (LETTER.make_accepted(), *(LETTER.make_failed(n) for n in (1, 2, 3)))))
    advance_time(database, 24 * 3600 + 1)
    run_reconciler(dependencies)
    (event,) = bus.events
    assert isinstance(event, DocumentFailed)
    assert event.reason is DocumentFailure.DEADLINE_EXCEEDED
    persist(event)
    assert select_document(database, LETTER)["state"] == "failed"
    advance_time(database, 24 * 3600)
    bus.take_events()
    run_reconciler(dependencies)
    assert bus.events == []


def test_old_outbox_row_is_resent(database: Database, dependencies: ReconcilerDependencies, bus: FakeBus) -> None:
    commit_outcome(database, LETTER.make_accepted(), traceparent=TRACEPARENT)
    advance_time(database, 299)
    run_reconciler(dependencies)
    assert bus.take_events() == []
    advance_time(database, 2)
    execute(database, "UPDATE documents SET pushed_at = now()")
    run_reconciler(dependencies)
    (event,) = bus.events
    assert isinstance(event, DocumentAccepted)
    assert commit_outcome(database, event, traceparent=None) == [event]


def test_no_repair_is_counted_while_kafka_is_down(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    persist(LETTER.make_accepted())
    advance_time(database, 301)
    bus.is_down = True
    with pytest.raises(Unavailable):
        run_reconciler(dependencies)
    assert select_document(database, LETTER)["pushes"] == 0


def test_defective_document_does_not_stop_others(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus, persist: Callable[..., None]
) -> None:
    defective, sound = ExampleDocument("defective.pdf", pages=1), ExampleDocument("sound.pdf", pages=1)
    persist(defective.make_accepted())
    advance_time(database, 1)
    persist(sound.make_accepted())
    execute(database, "UPDATE documents SET languages = '{?}' WHERE document = %s", defective.document_id)
    advance_time(database, 301)
    run_reconciler(dependencies)
    assert [event.document for event in bus.take_events() if isinstance(event, PageRequested)] == [sound.document_id]
    assert select_document(database, defective)["pushes"] == 1
    run_reconciler(dependencies)
    assert select_document(database, defective)["pushes"] == 1


def test_unreadable_outcome_does_not_stop_others(
    database: Database, dependencies: ReconcilerDependencies, bus: FakeBus
) -> None:
    defective, sound = ExampleDocument("defective.pdf", pages=1), ExampleDocument("sound.pdf", pages=1)
    commit_outcome(database, defective.make_accepted(), traceparent=TRACEPARENT)
    advance_time(database, 1)
    commit_outcome(database, sound.make_accepted(), traceparent=TRACEPARENT)
    execute(database, "UPDATE outbox SET outcome = '{}' WHERE document = %s", defective.document_id)
    advance_time(database, 301)
    execute(database, "UPDATE documents SET pushed_at = now()")
    run_reconciler(dependencies)
    assert bus.events == [sound.make_accepted()]


def test_concurrent_runs_publish_everything_once(
    database: Database,
    dependencies: ReconcilerDependencies,
    bus: FakeBus,
    persist: Callable[..., None],
    upload: Callable[[str], None],
) -> None:
    documents = [ExampleDocument(f"{n}.pdf", pages=2) for n in range(20)]
    persist(*(example.make_accepted() for example in documents))
    for n in range(10):
        upload(f"in/acme/{n}.png")
    advance_time(database, 301)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_reconciler, [dependencies, dependencies]))
    assert len(bus.events) == 50
    assert len({event.id for event in bus.events}) == 50
    assert select_rows(database, "SELECT DISTINCT attempts FROM pages") == [{"attempts": 2}]
