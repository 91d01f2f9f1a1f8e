"""Transactions, restarts of the server and waiting for connections."""

import threading
import time
from pathlib import Path

import pytest

from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from local.platform.server import PlatformServer, start_server, stop_server
from local.platform.state import Platform


def _count(database: Database) -> int:
    with database.begin_transaction() as connection:
        row = connection.execute("SELECT count(*) AS n FROM listings").fetchone()
    return row["n"] if row else -1


def _insert(database: Database, bucket: str) -> None:
    with database.begin_transaction() as connection:
        connection.execute("INSERT INTO listings VALUES (%s, '')", [bucket])


def _insert_and_raise(database: Database) -> None:
    with database.begin_transaction() as connection:
        connection.execute("INSERT INTO listings VALUES ('a', '')")
        1 / 0  # noqa: B018  # any exception


def _stop_server_and_query(database: Database, platform: Platform, server: PlatformServer) -> None:
    with database.begin_transaction() as connection:
        stop_server(platform.home, server)
        connection.execute("SELECT 1")


def test_exception_rolls_transaction_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _insert_and_raise(database)
    assert _count(database) == 0


def test_stopped_server_is_unavailable_until_restart(
    database: Database, platform: Platform, server: PlatformServer
) -> None:
    _insert(database, "before")
    stop_server(platform.home, server)
    for _ in range(2):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            _count(database)
        assert time.monotonic() - started < 10
    start_server(platform.home, server)
    _insert(database, "after")
    assert _count(database) == 2


def test_restart_between_transactions_raises_nothing(
    database: Database, platform: Platform, server: PlatformServer
) -> None:
    _insert(database, "before")
    stop_server(platform.home, server)
    start_server(platform.home, server)
    _insert(database, "after")


def test_server_stop_during_transaction_is_unavailable(
    database: Database, platform: Platform, server: PlatformServer
) -> None:
    with pytest.raises(Unavailable):
        _stop_server_and_query(database, platform, server)
    start_server(platform.home, server)
    _count(database)


def test_missing_server_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"postgresql://postgres@/nothing?host={tmp_path}", connections=1)
    with pytest.raises(Unavailable):
        _count(database)
    database.close()


def test_transactions_wait_for_free_connections(database: Database) -> None:
    threads = [threading.Thread(target=_insert, args=[database, str(n)]) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(database) == 40


def test_nul_in_text_is_replaced(database: Database) -> None:
    _insert(database, "a\0b")
    with database.begin_transaction() as connection:
        row = connection.execute("SELECT bucket, %s::text[] AS texts FROM listings", [["c\0d"]]).fetchone()
    assert row == {"bucket": "a\ufffdb", "texts": ["c\ufffdd"]}
