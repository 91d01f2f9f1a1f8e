"""During a rollout, pods of the previous version use the outbox under its old name, next to new pods."""

import importlib.util
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from events.catalogue import Outcome
from events.event import Event
from functions.persistence import handler as persistence
from functions.persistence import outbox as persistence_outbox
from functions.reconciler import outbox as reconciler_outbox
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.database import Database
from functions.runtime.migrations import MIGRATIONS, migrate
from functions.runtime.trace import NO_TRACE, Trace
from tests.contract.database.rows import execute, select_rows
from tests.unit.persistence.outcomes import ExampleDocument

MIGRATION = "0008_rename_unsaid_to_outbox.sql"
#: psycopg prepares a statement when it runs the sixth time.
PREPARED_AFTER = 6
SETTINGS = ReconcilerSettings(kafka_bootstrap_servers="nowhere", database_url="nowhere")

# The statements of the previous version, word for word.
OLD_PERSISTENCE = {
    "_INSERT": "INSERT INTO unsaid (fact, document, type, outcome) VALUES (%s, %s, %s, %s)",
    "_EXISTS": "SELECT FROM unsaid WHERE fact = %s",
    "_DELETE": "DELETE FROM unsaid WHERE fact = %s",
    "_DELETE_PUBLISHED": """
  WITH hasty AS (SELECT set_config('synchronous_commit', 'off', true))
DELETE FROM unsaid USING hasty WHERE fact = ANY(%s)""",
}
OLD_RECONCILER = {
    "_CLAIM": """
UPDATE unsaid SET since = now()
  FROM documents
 WHERE documents.document = unsaid.document
   AND fact IN (SELECT fact FROM unsaid
                 WHERE since <= now() - make_interval(secs => %(stuck_seconds)s)
                 ORDER BY since LIMIT %(documents_per_tick)s
                   FOR UPDATE SKIP LOCKED)
RETURNING unsaid.document, type, outcome, traceparent"""
}


@dataclass(frozen=True)
class Version:
    """The code of persistence and reconciler with the statements of one version."""

    persistence: ModuleType
    persistence_outbox: ModuleType
    reconciler_outbox: ModuleType

    def commit(self, database: Database, outcome: Outcome) -> list[Event]:
        """Commit an outcome without publishing its events."""
        events: list[Event] = self.persistence.handle(
            outcome, traceparent=None, database=database, record_metrics=lambda _, __: None
        )
        return events

    def publish(self, database: Database, events: Sequence[Event]) -> list[Event]:
        """Publish events, delete their outbox rows, and return the events."""
        published: list[Event] = []
        self.persistence_outbox.OutboxPublisher(collect(published), database).publish(events)
        return published

    def resend(self, database: Database) -> list[Event]:
        """Return the outcomes that a run of the reconciler sends again."""
        resent: list[Event] = []
        self.reconciler_outbox.resend_outcomes(database, collect(resent), SETTINGS)
        return resent

    @property
    def claim(self) -> str:
        statement: str = vars(self.reconciler_outbox)["_CLAIM"]
        return statement


def collect(events: list[Event]) -> Callable[..., None]:
    def publish(published: Sequence[Event], trace: Trace = NO_TRACE) -> None:  # noqa: ARG001  # signature of Publish
        events.extend(published)

    return publish


def copy_module(module: ModuleType, **changes: Any) -> ModuleType:
    """Load a module a second time and set some of its variables."""
    assert module.__file__
    spec = importlib.util.spec_from_file_location(f"{module.__name__}_of_previous_version", module.__file__)
    assert spec
    assert spec.loader
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    assert changes.keys() <= vars(copy).keys()
    vars(copy).update(changes)
    return copy


NEW = Version(persistence, persistence_outbox, reconciler_outbox)
_OLD_OUTBOX = copy_module(persistence_outbox, **OLD_PERSISTENCE)
OLD = Version(
    copy_module(persistence, outbox=_OLD_OUTBOX), _OLD_OUTBOX, copy_module(reconciler_outbox, **OLD_RECONCILER)
)
both_directions = pytest.mark.parametrize(("first", "second"), [(OLD, NEW), (NEW, OLD)], ids=["old-new", "new-old"])


def make_documents(count: int) -> list[ExampleDocument]:
    return [ExampleDocument(f"{number}.pdf", pages=1) for number in range(count)]


def age_rows(database: Database) -> None:
    execute(database, "UPDATE outbox SET since = since - interval '1 hour'")


@pytest.fixture
def old_url(empty_url: str, tmp_path: Path) -> str:
    """Return the URL of a database before the migration."""
    for file in MIGRATIONS.glob("*.sql"):
        if file.name < MIGRATION:
            shutil.copy(file, tmp_path)
    migrate(empty_url, tmp_path)
    return empty_url


@pytest.fixture
def old_database(old_url: str) -> Iterator[Database]:
    database = Database(old_url, connections=1)
    yield database
    database.close()


@both_directions
def test_unpublished_row_is_published_by_other_version(database: Database, first: Version, second: Version) -> None:
    outcome = ExampleDocument("a.pdf", pages=1).make_accepted()
    first.commit(database, outcome)
    age_rows(database)

    assert second.resend(database) == [outcome]
    events = second.commit(database, outcome)
    assert second.publish(database, events) == [outcome]

    assert select_rows(database, "SELECT FROM outbox") == select_rows(database, "SELECT FROM unsaid") == []
    assert first.commit(database, outcome) == second.commit(database, outcome) == []


@both_directions
def test_published_outcome_is_ignored_by_other_version(database: Database, first: Version, second: Version) -> None:
    example = ExampleDocument("a.pdf", pages=1)
    for outcome in (example.make_accepted(), example.make_recognized(1), example.make_assembled()):
        assert first.publish(database, first.commit(database, outcome))

        assert second.commit(database, outcome) == []
        age_rows(database)
        assert second.resend(database) == []


@both_directions
def test_replaced_failure_is_deleted_by_other_version(database: Database, first: Version, second: Version) -> None:
    example = ExampleDocument("a.pdf", pages=1)
    first.commit(database, example.make_failed(1))

    second.commit(database, example.make_recognized(1))

    assert first.commit(database, example.make_failed(1)) == []
    assert select_rows(database, "SELECT fact FROM unsaid") == [{"fact": example.make_recognized(1).id}]


def test_concurrent_reconcilers_of_both_versions_resend_once(database: Database) -> None:
    outcomes = [example.make_accepted() for example in make_documents(40)]
    for number, outcome in enumerate(outcomes):
        (OLD, NEW)[number % 2].commit(database, outcome)
    age_rows(database)

    with ThreadPoolExecutor(8) as pool:
        resent = [event for events in pool.map(lambda v: v.resend(database), [OLD, NEW] * 4) for event in events]

    assert len(resent) == 40
    assert {event.id for event in resent} == {outcome.id for outcome in outcomes}


def test_concurrent_deliveries_to_both_versions_publish_every_event(database: Database) -> None:
    outcomes = [example.make_accepted() for example in make_documents(20)]

    def deliver(work: tuple[Version, Outcome]) -> list[Event]:
        version, outcome = work
        return version.publish(database, version.commit(database, outcome))

    with ThreadPoolExecutor(8) as pool:
        work = [(version, outcome) for outcome in outcomes for version in (OLD, NEW)]
        published = [event for events in pool.map(deliver, work) for event in events]

    # A delivery between commit and publishing publishes the same event again, with the same id.
    assert {event.id for event in published} == {outcome.id for outcome in outcomes}
    assert select_rows(database, "SELECT FROM outbox") == []
    assert [deliver((version, outcome)) for outcome in outcomes for version in (OLD, NEW)] == [[]] * 40


@both_directions
def test_rows_locked_by_one_version_are_skipped(database: Database, first: Version, second: Version) -> None:
    outcomes = [example.make_accepted() for example in make_documents(2)]
    first.commit(database, outcomes[0])
    age_rows(database)

    with database.begin_transaction() as connection:
        claimed = connection.execute(first.claim.encode(), SETTINGS.model_dump()).fetchall()
        second.commit(database, outcomes[1])
        execute(database, "UPDATE outbox SET since = since - interval '1 hour' WHERE fact = %s", outcomes[1].id)
        assert second.resend(database) == [outcomes[1]]

    assert [row["document"] for row in claimed] == [outcomes[0].document]
    assert second.resend(database) == []


def test_prepared_statements_of_old_pods_survive_migration(old_url: str, old_database: Database) -> None:
    examples = make_documents(3 * PREPARED_AFTER)
    for example in examples[:PREPARED_AFTER]:
        OLD.publish(old_database, OLD.commit(old_database, example.make_accepted()))
        OLD.commit(old_database, example.make_failed(1))
        OLD.commit(old_database, example.make_recognized(1))
        OLD.commit(old_database, example.make_recognized(1))
        OLD.resend(old_database)

    migrate(old_url)

    for example in examples[PREPARED_AFTER:]:
        assert OLD.publish(old_database, OLD.commit(old_database, example.make_accepted()))
        OLD.commit(old_database, example.make_failed(1))
        assert OLD.commit(old_database, example.make_recognized(1)) == OLD.commit(
            old_database, example.make_recognized(1)
        )
    age_rows(old_database)
    assert len(OLD.resend(old_database)) == len(examples)
    assert len(select_rows(old_database, "SELECT FROM outbox")) == len(examples)


def test_migration_during_traffic_loses_no_row(old_url: str) -> None:
    database = Database(old_url, connections=4)
    is_migrated = threading.Event()

    def commit_until_migrated(worker: int) -> list[Event]:
        events: list[Event] = []
        while not is_migrated.is_set() or len(events) < 2 * PREPARED_AFTER:
            example = ExampleDocument(f"{worker}-{len(events)}.pdf", pages=1)
            events += OLD.commit(database, example.make_accepted())
        return events + OLD.commit(database, ExampleDocument(f"{worker}-last.pdf", pages=1).make_accepted())

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(commit_until_migrated, worker) for worker in range(4)]
        try:
            migrate(old_url)
        finally:
            is_migrated.set()
        events = [event for worker in workers for event in worker.result()]

    stored = [row["fact"] for row in select_rows(database, "SELECT fact FROM outbox")]
    database.close()
    assert sorted(stored) == sorted(event.id for event in events)
    assert len(stored) > 4 * 2 * PREPARED_AFTER


def test_other_roles_keep_their_rights(old_url: str) -> None:
    role = f"pod_{old_url.rpartition('/')[2].partition('?')[0]}"
    with psycopg.connect(old_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        connection.execute(f"GRANT SELECT, INSERT, DELETE ON unsaid TO {role}".encode())
        migrate(old_url)
        granted = connection.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = %s", [role]
        ).fetchall()
        connection.execute(f"DROP OWNED BY {role}".encode())
        connection.execute(f"DROP ROLE {role}".encode())

    rights = ("DELETE", "INSERT", "SELECT")
    assert sorted(granted) == [(table, right) for table in ("outbox", "unsaid") for right in rights]


def test_constraints_and_index_have_new_names(database: Database) -> None:
    constraints = select_rows(database, "SELECT conname FROM pg_constraint WHERE conrelid = 'outbox'::regclass")
    names = {row["conname"] for row in constraints}
    assert {"outbox_pkey", "outbox_document_fkey"} <= names
    assert all(name.startswith("outbox_") for name in names)
    indexes = select_rows(database, "SELECT indexname FROM pg_indexes WHERE tablename = 'outbox'")
    assert indexes == [{"indexname": "outbox_pkey"}]
