"""Whether PostgreSQL answers, has the tables of this version, and room for what the functions will do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from functions.runtime.migrations import MigrationError, pending
from local.doctor import machine
from local.doctor.address import of_database, password_of, without
from local.doctor.finding import Finding, ok, warning, wrong
from local.doctor.functions import Function
from local.doctor.settings import Told

GROUP = "servers"

# The oldest that its makers still mend.
_OLDEST = 15
_MB = 1 << 20
_ASKED = """SELECT current_setting('server_version'), current_setting('server_encoding'), pg_is_in_recovery(),
    pg_database_size(current_database()), current_setting('max_connections')::int, clock_timestamp()"""


@dataclass(frozen=True)
class Server:
    """What it says of itself; `size` is in bytes."""

    version: str
    encoding: str
    standby: bool
    size: int


def check(url: str, connections: int | None, remedy: str, *, is_up: bool) -> list[Finding]:
    """`connections` is what the functions may open together; `is_up` says that somebody has made the tables."""
    place = of_database(url)
    if place is None:
        found = "DATABASE_URL is no connection URL"
        return [wrong(GROUP, "PostgreSQL", found, "Write it as postgresql://user:password@host:port/database.")]
    try:
        with psycopg.connect(url, connect_timeout=5, options="-c statement_timeout=5s", autocommit=True) as connected:
            return _asked(connected, place, connections, is_up=is_up)
    except psycopg.Error as error:
        why = without(str(error).partition("\n")[0], url, password_of(url))
        return [wrong(GROUP, "PostgreSQL", f"does not answer at {place}: {why}", remedy)]


def server(found: Server, place: str) -> Finding:
    said = f"{found.version} at {place}, {found.size // _MB} MB"
    if found.standby:
        return wrong(GROUP, "PostgreSQL", f"{said}, a standby", "Name the server that it follows: this one only reads.")
    if found.encoding != "UTF8":
        advice = "Make a database with ENCODING 'UTF8': this one cannot hold every text."
        return wrong(GROUP, "PostgreSQL", f"{said}, encoding {found.encoding}", advice)
    if int(found.version.split(".")[0]) < _OLDEST:
        return warning(GROUP, "PostgreSQL", said, f"Have {_OLDEST} or newer: older ones are mended by nobody.")
    return ok(GROUP, "PostgreSQL", said)


def room(allowed: int, wanted: int | None) -> list[Finding]:
    """Whether the functions may come to open more connections than the server allows."""
    if wanted is None:
        return []
    found = f"{allowed} allowed, {wanted} wanted when every function is at its max-scale"
    if wanted <= allowed:
        return [ok(GROUP, "connections", found)]
    advice = "Raise max_connections, or lower max-scale: what gets none answers 503 and is tried again."
    return [warning(GROUP, "connections", found, advice)]


def tables(missing: list[str], *, is_up: bool) -> Finding:
    """`missing` are migrations that have not been applied."""
    if not missing:
        return ok(GROUP, "tables", "all migrations are applied")
    found = f"migrations to apply: {', '.join(missing)}"
    advice = "`pagebus up` applies them; on a cluster `python -m functions.runtime.migrations`."
    return wrong(GROUP, "tables", found, advice) if is_up else ok(GROUP, "tables", found, advice)


def letters(number: int) -> Finding:
    if not number:
        return ok(GROUP, "dead letters", "none")
    advice = "`pagebus dead-letters list` shows them, `redrive` sends them again."
    return warning(GROUP, "dead letters", f"{number}", advice)


def wanted(functions: Iterable[Function], told: Mapping[str, object]) -> int | None:
    """What the functions may open together: each keeps as many as it takes requests. None without a max-scale."""
    connections = 0
    for one in functions:
        said = told.get(one.name)
        if not isinstance(said, Told) or "DATABASE_URL" not in said.names:
            continue
        if not one.service.scaling.max_scale:
            return None
        connections += one.service.scaling.max_scale * int(said.values.get("concurrency", 0))
    return connections


def _asked(connected: psycopg.Connection, place: str, connections: int | None, *, is_up: bool) -> list[Finding]:
    before = datetime.now(UTC)
    version, encoding, standby, size, allowed, now = connected.execute(_ASKED).fetchone() or ()
    found = [
        server(Server(version, encoding, standby, size), place),
        machine.clock("PostgreSQL", now, before, datetime.now(UTC)),
        *room(allowed, connections),
    ]
    return [*found, *_tables(connected, is_up=is_up)]


def _tables(connected: psycopg.Connection, *, is_up: bool) -> list[Finding]:
    try:
        missing = [file.name for file in pending(connected)]
    except psycopg.errors.UndefinedTable:
        return [tables(["all"], is_up=is_up)]
    except MigrationError as error:
        return [wrong(GROUP, "tables", str(error), "Run the version of Pagebus that made these tables.")]
    if missing:
        return [tables(missing, is_up=is_up)]
    (number,) = connected.execute("SELECT count(*) FROM dead_letters").fetchone() or (0,)
    return [tables(missing, is_up=is_up), letters(number)]
