from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from functions.runtime.migrations import MIGRATIONS, MigrationError, migrate

FILES = sorted(file.name for file in MIGRATIONS.glob("*.sql"))


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in found}


def test_every_file_is_applied_once_in_order(empty_url: str) -> None:
    assert migrate(empty_url) == FILES
    assert migrate(empty_url) == []
    assert {"documents", "pages", "outputs", "unsaid", "dead_letters", "listings"} < _tables(empty_url)


def test_many_that_migrate_at_once_apply_every_file_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [empty_url] * 4))
    assert sorted(name for names in applied for name in names) == FILES


def test_a_file_that_was_changed_after_it_was_applied_is_an_error(empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_create_things.sql"
    file.write_text("CREATE TABLE things (thing integer);")
    migrate(empty_url, tmp_path)
    file.write_text("CREATE TABLE things (thing bigint);")
    with pytest.raises(MigrationError, match=r"0001_create_things\.sql"):
        migrate(empty_url, tmp_path)


def test_a_file_that_breaks_in_the_middle_leaves_nothing(empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_create_things.sql"
    file.write_text("CREATE TABLE things (thing integer); SELECT no_such_thing;")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        migrate(empty_url, tmp_path)
    assert _tables(empty_url) == {"schema_migrations"}
    file.write_text("CREATE TABLE things (thing integer);")
    assert migrate(empty_url, tmp_path) == ["0001_create_things.sql"]
