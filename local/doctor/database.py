"""Checks whether PostgreSQL answers, has the tables of this version and accepts enough connections."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from functions.runtime.migrations import MigrationError, list_pending
from local.doctor import machine
from local.doctor.address import describe_database, extract_password, redact_text
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.doctor.functions import PythonFunction
from local.doctor.settings import SettingsReport

GROUP = "servers"

# The oldest major version that still receives fixes from the PostgreSQL project.
_MIN_MAJOR_VERSION = 15
_MB = 1 << 20
_QUERY = """SELECT current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery(),
    pg_database_size(current_database()), current_setting('max_connections')::int, clock_timestamp()"""


@dataclass(frozen=True)
class DatabaseServer:
    """Properties of a PostgreSQL server and its database; `size` is in bytes."""

    version: str
    encoding: str
    is_standby: bool
    size: int


def check_database(url: str, needed_connections: int | None, remedy: str, *, is_up: bool) -> list[Finding]:
    """Return findings about the PostgreSQL at this URL.

    `needed_connections` is the maximum number of connections that the functions open together, or None if it is
    unknown. `remedy` is the advice for a server that does not answer. If the stack `is_up`, the tables should exist.
    """
    address = describe_database(url)
    if address is None:
        found = "DATABASE_URL is not a PostgreSQL connection URL"
        return [report_wrong(GROUP, "PostgreSQL", found, "Write it as postgresql://user:password@host:port/database.")]
    try:
        with psycopg.connect(url, connect_timeout=5, options="-c statement_timeout=5s", autocommit=True) as connection:
            return _check_connection(connection, address, needed_connections, is_up=is_up)
    except psycopg.Error as error:
        reason = redact_text(str(error).partition("\n")[0], url, extract_password(url))
        return [report_wrong(GROUP, "PostgreSQL", f"does not answer at {address}: {reason}", remedy)]


def check_server(server: DatabaseServer, address: str) -> Finding:
    """Return a finding about the server's role, encoding and version."""
    found = f"{server.version} at {address}, {server.size // _MB} MB"
    if server.is_standby:
        advice = "Use the address of its primary server: a standby accepts no writes."
        return report_wrong(GROUP, "PostgreSQL", f"{found}, is a standby", advice)
    if server.encoding != "UTF8":
        advice = "Create a database with ENCODING 'UTF8': other encodings cannot store every text."
        return report_wrong(GROUP, "PostgreSQL", f"{found}, has the encoding {server.encoding}", advice)
    if int(server.version.split(".")[0]) < _MIN_MAJOR_VERSION:
        advice = f"Upgrade to {_MIN_MAJOR_VERSION} or newer: older versions receive no fixes."
        return report_warning(GROUP, "PostgreSQL", found, advice)
    return report_ok(GROUP, "PostgreSQL", found)


def check_connections(allowed: int, needed: int | None) -> list[Finding]:
    """Return a finding about whether the server accepts all connections that the functions may open together.

    Return no finding if `needed` is None.
    """
    if needed is None:
        return []
    found = f"{allowed} allowed, {needed} needed if every function runs at its max-scale"
    if needed <= allowed:
        return [report_ok(GROUP, "connections", found)]
    advice = "Raise max_connections or lower max-scale. A function without a connection answers 503 and is retried."
    return [report_warning(GROUP, "connections", found, advice)]


def report_pending_migrations(migrations: list[str], *, is_up: bool) -> Finding:
    """Return a finding about migrations that are not applied. Its state is `wrong` only if the stack `is_up`."""
    if not migrations:
        return report_ok(GROUP, "tables", "all migrations are applied")
    found = f"migrations to apply: {', '.join(migrations)}"
    advice = "Run `pagebus up`, or `python -m functions.runtime.migrations` for the database of a cluster."
    report = report_wrong if is_up else report_ok
    return report(GROUP, "tables", found, advice)


def report_dead_letters(count: int) -> Finding:
    """Return a finding with the number of dead letters."""
    if not count:
        return report_ok(GROUP, "dead letters", "none")
    advice = "List them with `pagebus dead-letters list`, and send them again with `pagebus dead-letters redrive`."
    return report_warning(GROUP, "dead letters", f"{count}", advice)


def count_connections(functions: Iterable[PythonFunction], results: Mapping[str, object]) -> int | None:
    """Return the number of connections that the functions may open together, or None if a function has no max-scale.

    Each replica opens as many connections as it handles requests at a time. `results` has the settings report by
    function name. Functions without a report or without the setting DATABASE_URL open no connections.
    """
    connections = 0
    for function in functions:
        report = results.get(function.name)
        if not isinstance(report, SettingsReport) or "DATABASE_URL" not in report.names:
            continue
        if not function.service.scaling.max_scale:
            return None
        connections += function.service.scaling.max_scale * int(report.values.get("concurrency", 0))
    return connections


def _check_connection(
    connection: psycopg.Connection, address: str, needed_connections: int | None, *, is_up: bool
) -> list[Finding]:
    before = datetime.now(UTC)
    version, encoding, is_standby, size, allowed, server_time = connection.execute(_QUERY).fetchone() or ()
    findings = [
        check_server(DatabaseServer(version, encoding, is_standby, size), address),
        machine.check_clock("PostgreSQL", server_time, before, datetime.now(UTC)),
        *check_connections(allowed, needed_connections),
    ]
    return [*findings, *_check_tables(connection, is_up=is_up)]


def _check_tables(connection: psycopg.Connection, *, is_up: bool) -> list[Finding]:
    try:
        pending = [file.name for file in list_pending(connection)]
    except psycopg.errors.UndefinedTable:
        return [report_pending_migrations(["all"], is_up=is_up)]
    except MigrationError as error:
        return [report_wrong(GROUP, "tables", str(error), "Run the version of Pagebus that created these tables.")]
    if pending:
        return [report_pending_migrations(pending, is_up=is_up)]
    (count,) = connection.execute("SELECT count(*) FROM dead_letters").fetchone() or (0,)
    return [report_pending_migrations(pending, is_up=is_up), report_dead_letters(count)]
