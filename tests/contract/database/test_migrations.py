"""Migrations: each file is applied once, in order, and never changed afterwards."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from functions.runtime.migrations import MIGRATIONS, MigrationError, migrate

FILES = sorted(file.name for file in MIGRATIONS.glob("*.sql"))


def _list_tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in found}


def test_files_are_applied_once_in_order(empty_url: str) -> None:
    assert migrate(empty_url) == FILES
    assert migrate(empty_url) == []
    assert {"documents", "pages", "outputs", "outbox", "dead_letters", "listings"} < _list_tables(empty_url)


def test_concurrent_migrations_apply_files_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [empty_url] * 4))
    assert sorted(name for names in applied for name in names) == FILES


def test_changed_applied_file_is_error(empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_create_things.sql"
    file.write_text("CREATE TABLE things (thing integer);")
    migrate(empty_url, tmp_path)
    file.write_text("CREATE TABLE things (thing bigint);")
    with pytest.raises(MigrationError, match=r"0001_create_things\.sql"):
        migrate(empty_url, tmp_path)


def test_failing_file_is_rolled_back(empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_create_things.sql"
    file.write_text("CREATE TABLE things (thing integer); SELECT no_such_thing;")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        migrate(empty_url, tmp_path)
    assert _list_tables(empty_url) == {"schema_migrations"}
    file.write_text("CREATE TABLE things (thing integer);")
    assert migrate(empty_url, tmp_path) == ["0001_create_things.sql"]
