"""The schema of the database: numbered SQL files, each applied once and never changed after."""

import hashlib
from pathlib import Path

import psycopg
import structlog

from functions.runtime.settings import DatabaseSettings, Settings, load

log = structlog.get_logger()

MIGRATIONS = Path(__file__).resolve().parents[2] / "infra/postgres/migrations"

#: Any number, as long as it stays: whoever migrates holds this lock.
_LOCK = 7_240_924_113

_CREATE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_APPLIED = "SELECT name, sha256 FROM schema_migrations"
_APPLY = "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)"


class MigrationError(Exception):
    """The database and the files disagree."""


def migrate(database_url: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing, in order of name; returns the names. One at a time, however many start at once.

    Raises MigrationError when an applied file has been changed since, and psycopg.Error when the server refuses.
    """
    with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
        # Held by the session, so the server releases it even when this process is killed.
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(_CREATE)
        missing = pending(connection, folder)
        for file in missing:
            _apply(connection, file)
    return [file.name for file in missing]


def pending(connection: psycopg.Connection, folder: Path = MIGRATIONS) -> list[Path]:
    """The files that are still to be applied, in order of name.

    Raises MigrationError when an applied file has been changed since, and psycopg.Error where none ever was applied.
    """
    applied = {str(name): str(sha256) for name, sha256 in connection.execute(_APPLIED)}
    return [file for file in sorted(folder.glob("*.sql")) if not _is_applied(file, applied)]


def _is_applied(file: Path, applied: dict[str, str]) -> bool:
    known = applied.get(file.name)
    if known not in (None, _sha256(file)):
        raise MigrationError(f"{file.name} was changed after it was applied; undo that, and add another file instead.")
    return known is not None


def _apply(connection: psycopg.Connection, file: Path) -> None:
    with connection.transaction():
        connection.execute(file.read_bytes())
        connection.execute(_APPLY, [file.name, _sha256(file)])
    log.info("migration.applied", name=file.name)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class _MigrationSettings(Settings, DatabaseSettings):
    """Only where the database is."""


if __name__ == "__main__":
    migrate(load(_MigrationSettings).database_url)
