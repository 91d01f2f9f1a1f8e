"""PostgreSQL, by psycopg and its pool: one error for a server that is down, and no waiting for it for long."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg.types.string import StrDumperUnknown
from psycopg_pool import ConnectionPool

from functions.runtime.errors import Unavailable

Connection = psycopg.Connection[DictRow]


#: Everything is far below a function's deadline, so that a server that is down is an answer and not a hang.
_PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=10s -c lock_timeout=8s -c idle_in_transaction_session_timeout=60s",
}
_CONNECTION_SECONDS = 6


class _Text(StrDumperUnknown):
    """PostgreSQL has no U+0000 in texts; pages and names that somebody made up do."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


class Database:
    """Connections to one database. Nothing is connected before the first transaction."""

    def __init__(self, url: str, connections: int) -> None:
        self._pool = ConnectionPool(
            url,
            connection_class=Connection,
            # What the URL says for itself stands.
            kwargs={"row_factory": dict_row, **_PATIENCE, **conninfo_to_dict(url)},
            min_size=0,
            max_size=connections,
            timeout=_CONNECTION_SECONDS,
            # A server that was restarted is noticed before the transaction, not in it.
            check=_check,
            configure=_configure,
            # Whoever comes next tries again at once, however long the server was away.
            reconnect_timeout=0,
            open=True,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed at the end, or undone by an exception. Raises Unavailable."""
        try:
            with self._pool.connection() as connection:
                yield connection
        # Operational: refused, shut down, timed out, out of space, deadlock, serialisation. Read-only: a standby.
        except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction) as error:
            raise Unavailable(f"PostgreSQL does not answer as it should: {type(error).__name__}") from error

    def close(self) -> None:
        """End every connection."""
        self._pool.close()


def _check(connection: Connection) -> None:
    """Ask the server only where its socket has something to say: a server that ended says so. Asking costs a trip."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


def _configure(connection: Connection) -> None:
    connection.adapters.register_dumper(str, _Text)
