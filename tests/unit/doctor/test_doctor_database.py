"""Findings about PostgreSQL, and addresses without secrets."""

import pytest

from local.doctor import address, database
from local.doctor.database import DatabaseServer
from local.doctor.finding import State
from local.doctor.settings import SettingsReport
from local.platform.state import find_free_port
from tests.unit.doctor.doctor_examples import build_function

USES_DATABASE = SettingsReport(frozenset({"DATABASE_URL"}), values={"concurrency": 4})
MAX_SCALE = "autoscaling.knative.dev/max-scale"


@pytest.mark.parametrize(
    ("server", "state"),
    [
        (DatabaseServer("18.1 (Debian 18.1-1)", "UTF8", is_standby=False, size=7 << 20), "ok"),
        (DatabaseServer("13.22", "UTF8", is_standby=False, size=0), "warning"),
        (DatabaseServer("18.1", "SQL_ASCII", is_standby=False, size=0), "wrong"),
        (DatabaseServer("18.1", "UTF8", is_standby=True, size=0), "wrong"),
    ],
)
def test_unsuitable_server_is_reported_with_its_address(server: DatabaseServer, state: State) -> None:
    found = database.check_server(server, "db:5432/pagebus")

    assert found.state == state
    assert "db:5432/pagebus" in found.found


@pytest.mark.parametrize(("allowed", "needed", "state"), [(200, 117, "ok"), (100, 117, "warning")])
def test_too_few_connections_are_a_warning(allowed: int, needed: int, state: State) -> None:
    [found] = database.check_connections(allowed, needed)

    assert found.state == state
    assert str(needed) in found.found


def test_connections_are_summed_over_replicas() -> None:
    functions = [build_function(annotations={MAX_SCALE: "3"}), build_function("other", annotations={MAX_SCALE: "9"})]

    assert database.count_connections(functions, {"echo": USES_DATABASE, "other": SettingsReport(frozenset())}) == 12
    assert database.count_connections([build_function()], {"echo": USES_DATABASE}) is None
    assert database.check_connections(100, None) == []


def test_pending_migrations_are_wrong_only_after_start() -> None:
    assert database.report_pending_migrations([], is_up=True).state == "ok"
    assert database.report_pending_migrations(["0005_x.sql"], is_up=True).state == "wrong"
    before = database.report_pending_migrations(["0005_x.sql"], is_up=False)
    assert before.state == "ok"
    assert "functions.runtime.migrations" in before.advice


def test_dead_letters_are_a_warning() -> None:
    assert database.report_dead_letters(0).state == "ok"
    assert (database.report_dead_letters(3).state, database.report_dead_letters(3).found) == ("warning", "3")


def test_absent_server_is_one_finding_without_password() -> None:
    url = f"postgresql://me:geheim@127.0.0.1:{find_free_port()}/pagebus"

    [found] = database.check_database(url, None, "Start it.", is_up=True)

    assert (found.check, found.state, found.advice) == ("PostgreSQL", "wrong", "Start it.")
    assert "127.0.0.1" in found.found
    assert "geheim" not in found.found


def test_invalid_connection_url_is_not_shown() -> None:
    [found] = database.check_database("postgressql//me:geheim@db", None, "Start it.", is_up=True)

    assert found.state == "wrong"
    assert "geheim" not in found.found
    assert "postgresql://user:password@host:port/database" in found.advice


def test_addresses_are_shown_without_secrets() -> None:
    assert address.redact_url("https://me:geheim@s3.example/path?key=geheim") == "https://s3.example/path"
    assert address.redact_url("collector:4318") == "collector:4318"
    assert address.describe_database("postgresql://me:geheim@db/pagebus") == "db:5432/pagebus"
    assert address.describe_database("host=db password=geheim dbname=x") == "db:5432/x"
    assert address.redact_text("no geheim\n  here", "geheim", None) == "no … here"
