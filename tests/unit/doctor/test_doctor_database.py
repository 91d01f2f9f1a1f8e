"""PostgreSQL is judged by what it says of itself; what it says of a failure holds no password."""

import pytest

from local.doctor import address, database
from local.doctor.database import Server
from local.doctor.finding import State
from local.doctor.settings import Told
from local.platform.state import free_port
from tests.unit.doctor.doctor_facts import function

KEEPS = Told(frozenset({"DATABASE_URL"}), values={"concurrency": 4})
MAX_SCALE = "autoscaling.knative.dev/max-scale"


@pytest.mark.parametrize(
    ("server", "state"),
    [
        (Server("18.1 (Debian 18.1-1)", "UTF8", standby=False, size=7 << 20), "ok"),
        (Server("13.22", "UTF8", standby=False, size=0), "warning"),
        (Server("18.1", "SQL_ASCII", standby=False, size=0), "wrong"),
        (Server("18.1", "UTF8", standby=True, size=0), "wrong"),
    ],
)
def test_a_server_that_cannot_hold_every_text_is_wrong(server: Server, state: State) -> None:
    found = database.server(server, "db:5432/pagebus")

    assert found.state == state
    assert "db:5432/pagebus" in found.found


@pytest.mark.parametrize(("allowed", "wanted", "state"), [(200, 117, "ok"), (100, 117, "warning")])
def test_functions_that_may_want_more_connections_than_there_are_are_a_warning(
    allowed: int, wanted: int, state: State
) -> None:
    [found] = database.room(allowed, wanted)

    assert found.state == state
    assert str(wanted) in found.found


def test_connections_are_counted_over_the_replicas_of_functions_that_remember() -> None:
    two = [function(annotations={MAX_SCALE: "3"}), function("other", annotations={MAX_SCALE: "9"})]

    assert database.wanted(two, {"echo": KEEPS, "other": Told(frozenset())}) == 12
    assert database.wanted([function()], {"echo": KEEPS}) is None
    assert database.room(100, None) == []


def test_migrations_to_apply_are_wrong_only_where_somebody_should_have_applied_them() -> None:
    assert database.tables([], is_up=True).state == "ok"
    assert database.tables(["0005_x.sql"], is_up=True).state == "wrong"
    before = database.tables(["0005_x.sql"], is_up=False)
    assert before.state == "ok"
    assert "functions.runtime.migrations" in before.advice


def test_dead_letters_are_a_warning_with_their_number() -> None:
    assert database.letters(0).state == "ok"
    assert (database.letters(3).state, database.letters(3).found) == ("warning", "3")


def test_a_server_that_is_away_is_one_finding_without_the_password() -> None:
    url = f"postgresql://me:geheim@127.0.0.1:{free_port()}/pagebus"

    [found] = database.check(url, None, "Start it.", is_up=True)

    assert (found.check, found.state, found.advice) == ("PostgreSQL", "wrong", "Start it.")
    assert "127.0.0.1" in found.found
    assert "geheim" not in found.found


def test_what_is_no_connection_url_is_not_repeated() -> None:
    [found] = database.check("postgressql//me:geheim@db", None, "Start it.", is_up=True)

    assert found.state == "wrong"
    assert "geheim" not in found.found
    assert "postgresql://user:password@host:port/database" in found.advice


def test_addresses_are_shown_without_what_opens_them() -> None:
    assert address.of_url("https://me:geheim@s3.example/path?key=geheim") == "https://s3.example/path"
    assert address.of_url("collector:4318") == "collector:4318"
    assert address.of_database("postgresql://me:geheim@db/pagebus") == "db:5432/pagebus"
    assert address.of_database("host=db password=geheim dbname=x") == "db:5432/x"
    assert address.without("no geheim\n  here", "geheim", None) == "no … here"
