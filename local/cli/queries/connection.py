"""The connection to PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from local.cli.shell.errors import CommandFailedError


@contextmanager
def connect(database: str) -> Iterator[psycopg.Connection]:
    """Return a connection that is open for the context. It waits at most 5 s for the server and 20 s for a statement.

    Raise CommandFailedError if PostgreSQL does not answer in this time.
    """
    try:
        with psycopg.connect(database, connect_timeout=5, options="-c statement_timeout=20000") as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise CommandFailedError("PostgreSQL does not answer. Start it again: `pagebus up --detach`.") from error
