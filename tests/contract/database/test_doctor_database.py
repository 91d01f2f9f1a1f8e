"""What `pagebus doctor` says of a PostgreSQL before and after its tables were made, and of one with other tables."""

import psycopg

from functions.runtime.migrations import migrate
from local.doctor import database
from local.doctor.finding import Finding


def _found(url: str, *, is_up: bool = True) -> dict[str, Finding]:
    return {found.check: found for found in database.check(url, 10, "Start it.", is_up=is_up)}


def test_a_server_with_its_tables_is_well(url: str) -> None:
    found = _found(url)

    assert {finding.state for finding in found.values()} == {"ok"}
    assert found.keys() == {"PostgreSQL", "clock and PostgreSQL's", "connections", "tables", "dead letters"}


def test_a_database_without_tables_waits_for_up_and_is_wrong_afterwards(empty_url: str) -> None:
    assert _found(empty_url, is_up=False)["tables"].state == "ok"
    assert _found(empty_url)["tables"].state == "wrong"
    assert "dead letters" not in _found(empty_url)


def test_migrations_that_are_still_to_be_applied_are_named(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM schema_migrations WHERE name = '0004_create_listings.sql'")

    assert _found(url)["tables"].found == "migrations to apply: 0004_create_listings.sql"
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE listings")
    migrate(url)
    assert _found(url)["tables"].state == "ok"


def test_tables_of_another_version_are_wrong(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE schema_migrations SET sha256 = 'other' WHERE name = '0001_create_documents.sql'")

    found = _found(url)["tables"]

    assert found.state == "wrong"
    assert "0001_create_documents.sql was changed" in found.found


def test_dead_letters_are_counted(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            """INSERT INTO dead_letters (letter, id, source, type, extensions, data, error_dest)
            SELECT gen_random_uuid(), 'a', '/acme', 'odd', '{}', '', 'http://intake' FROM generate_series(1, 3)"""
        )

    found = _found(url)["dead letters"]

    assert (found.state, found.found) == ("warning", "3")
