"""Database migrations: numbered SQL files that are applied once and never change afterwards."""

import hashlib
from pathlib import Path

import psycopg

from functions.runtime.log import get_logger
from functions.runtime.settings import DatabaseSettings, Settings, load_settings

log = get_logger()

MIGRATIONS = Path(__file__).resolve().parents[2] / "infra/postgres/migrations"

#: Number of the advisory lock for migrations. It is arbitrary but must not change: different versions of Pagebus that
#: run at the same time must wait for each other.
_LOCK = 7_240_924_113

_CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_SELECT_APPLIED = "SELECT name, sha256 FROM schema_migrations"
_INSERT_APPLIED = "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)"


class MigrationError(Exception):
    """A migration file that was changed after it was applied."""


def migrate(database_url: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the pending migrations in order of name and return their names. Parallel calls wait for each other.

    Raise MigrationError if an applied file has changed, and psycopg.Error if the server reports an error.
    """
    with psycopg.connect(database_url, autocommit=True, connect_timeout=5) as connection:
        # The session holds the lock, so the server releases it even if this process is killed.
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(_CREATE_TABLE)
        pending = list_pending(connection, folder)
        for file in pending:
            _apply(connection, file)
    return [file.name for file in pending]


def list_pending(connection: psycopg.Connection, folder: Path = MIGRATIONS) -> list[Path]:
    """Return the files that are not applied yet, in order of name.

    Raise MigrationError if an applied file has changed, and psycopg.Error if no migration was ever applied.
    """
    applied = {str(name): str(sha256) for name, sha256 in connection.execute(_SELECT_APPLIED)}
    return [file for file in sorted(folder.glob("*.sql")) if not _is_applied(file, applied)]


def _is_applied(file: Path, applied: dict[str, str]) -> bool:
    """Return whether the file is applied. Raise MigrationError if it has changed since.

    `applied` contains the SHA-256 of each applied file by name.
    """
    applied_sha256 = applied.get(file.name)
    if applied_sha256 not in (None, _compute_sha256(file)):
        raise MigrationError(
            f"{file.name} was changed after it was applied. Undo the change, and add a new file instead."
        )
    return applied_sha256 is not None


def _apply(connection: psycopg.Connection, file: Path) -> None:
    with connection.transaction():
        connection.execute(file.read_bytes())
        connection.execute(_INSERT_APPLIED, [file.name, _compute_sha256(file)])
    log.info("migration.applied", name=file.name)


def _compute_sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class _MigrationSettings(Settings, DatabaseSettings):
    """Settings of this command."""


if __name__ == "__main__":
    migrate(load_settings(_MigrationSettings).database_url)
