"""Looking into PostgreSQL, for who asks on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from local.cli.errors import Failed


@contextmanager
def connection(database: str) -> Iterator[psycopg.Connection]:
    """A connection that does not hang on a server which is away. Raises Failed."""
    try:
        with psycopg.connect(database, connect_timeout=5, options="-c statement_timeout=20000") as connected:
            yield connected
    except psycopg.OperationalError as error:
        raise Failed("PostgreSQL does not answer. Start what is missing: `pagebus up --detach`.") from error
