"""PostgreSQL connections (psycopg and its pool), with short timeouts and one error for a server that is down."""

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

#: The timeouts of connections and statements are far below a function's deadline. So a server that is down causes an
#: error and not a stalled request. With the last timeout, the server ends the transaction of a function that hangs.
_TIMEOUTS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=10s -c lock_timeout=8s -c idle_in_transaction_session_timeout=60s",
}
#: Longest wait for a connection from the pool.
_CONNECTION_SECONDS = 6


class _TextDumper(StrDumperUnknown):
    """A dumper of strings that replaces U+0000 with U+FFFD. PostgreSQL cannot store U+0000, which texts may contain."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


class Database:
    """A pool of up to `connections` connections to one database. It connects at the first transaction."""

    def __init__(self, url: str, connections: int) -> None:
        self._pool = ConnectionPool(
            url,
            connection_class=Connection,
            # Parameters in the URL override these timeouts.
            kwargs={"row_factory": dict_row, **_TIMEOUTS, **conninfo_to_dict(url)},
            min_size=0,
            max_size=connections,
            timeout=_CONNECTION_SECONDS,
            # Without this check, the next transaction after a restart of the server would fail.
            check=_check_connection,
            configure=_register_text_dumper,
            # With 0, the pool does not retry with a growing backoff. So the next transaction connects at once, even if
            # the server was down for a long time.
            reconnect_timeout=0,
            open=True,
        )

    @contextmanager
    def begin_transaction(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, which is committed at the end and rolled back by an exception.

        Raise Unavailable if PostgreSQL is down or cannot execute a statement now.
        """
        try:
            with self._pool.connection() as connection:
                yield connection
        # OperationalError includes refused connections, shutdown, timeouts, a full disk, deadlocks and serialization
        # failures. A standby server raises ReadOnlySqlTransaction.
        except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction) as error:
            raise Unavailable(f"PostgreSQL does not answer as expected: {type(error).__name__}") from error

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _check_connection(connection: Connection) -> None:
    """Test a connection if its socket has unread data. Raise psycopg.OperationalError if it is closed.

    A server sends a message before it closes an idle connection. So a connection without unread data needs no test,
    which would cost a round trip.
    """
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    if poller.poll(0):
        ConnectionPool.check_connection(connection)


def _register_text_dumper(connection: Connection) -> None:
    connection.adapters.register_dumper(str, _TextDumper)
