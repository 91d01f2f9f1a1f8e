"""A PostgreSQL server for these tests, with an empty database for each test."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from functions.runtime.database import Database
from functions.runtime.migrations import migrate
from local.platform import postgres, state
from local.platform.server import PlatformServer, start_server, stop_server
from local.platform.state import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    home = tmp_path_factory.mktemp("postgres")
    return Platform(
        home=home, kind="real", notify=None, topics=(), ports={"postgres": state.find_free_port()}, secret=""
    )


@pytest.fixture(scope="session")
def server(platform: Platform) -> Iterator[PlatformServer]:
    part = postgres.build_server(platform, is_durable=True)
    start_server(platform.home, part)
    yield part
    stop_server(platform.home, part)


@pytest.fixture(scope="session")
def migrated_template(platform: Platform, server: PlatformServer) -> str:
    """Return the name of a database with all tables. A copy of it takes a fifth of the time of the migrations."""
    assert server
    _execute_as_admin(platform, "CREATE DATABASE migrated")
    migrate(postgres.build_url(platform, "migrated"))
    return "migrated"


@pytest.fixture
def empty_url(platform: Platform, server: PlatformServer) -> Iterator[str]:
    with _create_database(platform, server, template="template1") as url:
        yield url


@pytest.fixture
def url(platform: Platform, server: PlatformServer, migrated_template: str) -> Iterator[str]:
    with _create_database(platform, server, migrated_template) as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url, connections=8)
    yield database
    database.close()


@contextmanager
def _create_database(platform: Platform, server: PlatformServer, template: str) -> Iterator[str]:
    """Create a copy of a database, yield its URL, and delete it. A test may stop the server."""
    name = f"test_{secrets.token_hex(4)}"
    _execute_as_admin(platform, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres.build_url(platform, name)
    start_server(platform.home, server)
    _execute_as_admin(platform, f"DROP DATABASE {name} WITH (FORCE)")


def _execute_as_admin(platform: Platform, statement: str) -> None:
    with psycopg.connect(postgres.build_url(platform, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
