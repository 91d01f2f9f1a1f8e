import threading
import time
from pathlib import Path

import pytest

from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from local.platform.part import Part, bring_up, take_down
from local.platform.state import Platform


def _count(database: Database) -> int:
    with database.transaction() as connection:
        row = connection.execute("SELECT count(*) AS n FROM listings").fetchone()
    return row["n"] if row else -1


def _insert(database: Database, bucket: str) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO listings VALUES (%s, '')", [bucket])


def _insert_and_break(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO listings VALUES ('a', '')")
        1 / 0  # noqa: B018  # any exception


def _stop_and_ask(database: Database, platform: Platform, server: Part) -> None:
    with database.transaction() as connection:
        take_down(platform.home, server)
        connection.execute("SELECT 1")


def test_what_a_transaction_wrote_is_gone_when_it_raises(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _insert_and_break(database)
    assert _count(database) == 0


def test_a_server_that_stops_is_unavailable_and_fine_again_when_it_is_back(
    database: Database, platform: Platform, server: Part
) -> None:
    _insert(database, "before")
    take_down(platform.home, server)
    for _ in range(2):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            _count(database)
        assert time.monotonic() - started < 10
    bring_up(platform.home, server)
    _insert(database, "after")
    assert _count(database) == 2


def test_a_server_that_restarts_between_two_transactions_is_not_noticed(
    database: Database, platform: Platform, server: Part
) -> None:
    _insert(database, "before")
    take_down(platform.home, server)
    bring_up(platform.home, server)
    _insert(database, "after")


def test_a_server_that_stops_within_a_transaction_is_unavailable(
    database: Database, platform: Platform, server: Part
) -> None:
    with pytest.raises(Unavailable):
        _stop_and_ask(database, platform, server)
    bring_up(platform.home, server)
    _count(database)


def test_a_server_that_was_never_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"postgresql://postgres@/nothing?host={tmp_path}", connections=1)
    with pytest.raises(Unavailable):
        _count(database)
    database.close()


def test_more_work_than_connections_waits_its_turn(database: Database) -> None:
    threads = [threading.Thread(target=_insert, args=[database, str(n)]) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(database) == 40


def test_a_text_with_a_nul_is_kept_with_a_replacement(database: Database) -> None:
    _insert(database, "a\0b")
    with database.transaction() as connection:
        row = connection.execute("SELECT bucket, %s::text[] AS many FROM listings", [["c\0d"]]).fetchone()
    assert row == {"bucket": "a\ufffdb", "many": ["c\ufffdd"]}
