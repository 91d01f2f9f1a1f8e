"""Findings of `pagebus doctor` about a PostgreSQL with, without or with other tables."""

import psycopg

from functions.runtime.migrations import migrate
from local.doctor import database
from local.doctor.finding import Finding


def _run_checks(url: str, *, is_up: bool = True) -> dict[str, Finding]:
    return {found.check: found for found in database.check_database(url, 10, "Start it.", is_up=is_up)}


def test_migrated_database_is_ok(url: str) -> None:
    found = _run_checks(url)

    assert {finding.state for finding in found.values()} == {"ok"}
    assert found.keys() == {"PostgreSQL", "clock of PostgreSQL", "connections", "tables", "dead letters"}


def test_missing_tables_are_wrong_only_after_start(empty_url: str) -> None:
    assert _run_checks(empty_url, is_up=False)["tables"].state == "ok"
    assert _run_checks(empty_url)["tables"].state == "wrong"
    assert "dead letters" not in _run_checks(empty_url)


def test_pending_migrations_are_named(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM schema_migrations WHERE name = '0004_create_listings.sql'")

    assert _run_checks(url)["tables"].found == "migrations to apply: 0004_create_listings.sql"
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE listings")
    migrate(url)
    assert _run_checks(url)["tables"].state == "ok"


def test_changed_migration_is_wrong(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE schema_migrations SET sha256 = 'other' WHERE name = '0001_create_documents.sql'")

    found = _run_checks(url)["tables"]

    assert found.state == "wrong"
    assert "0001_create_documents.sql was changed" in found.found


def test_dead_letters_are_counted(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            """INSERT INTO dead_letters (letter, id, source, type, extensions, data, error_dest)
            SELECT gen_random_uuid(), 'a', '/acme', 'odd', '{}', '', 'http://intake' FROM generate_series(1, 3)"""
        )

    found = _run_checks(url)["dead letters"]

    assert (found.state, found.found) == ("warning", "3")
