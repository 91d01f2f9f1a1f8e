"""A PostgreSQL of the tests' own, and in it an empty database for each."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest

from functions.runtime.database import Database
from functions.runtime.migrations import migrate
from local.platform import postgres, state
from local.platform.part import Part, bring_up, take_down
from local.platform.state import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    home = tmp_path_factory.mktemp("postgres")
    return Platform(home=home, kind="real", notify=None, topics=(), ports={"postgres": state.free_port()}, secret="")


@pytest.fixture(scope="session")
def server(platform: Platform) -> Iterator[Part]:
    part = postgres.part(platform, durable=True)
    bring_up(platform.home, part)
    yield part
    take_down(platform.home, part)


@pytest.fixture
def empty_url(platform: Platform, server: Part) -> Iterator[str]:
    name = f"test_{secrets.token_hex(4)}"
    _administer(platform, f"CREATE DATABASE {name}")
    yield postgres.url(platform, name)
    bring_up(platform.home, server)
    _administer(platform, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def url(empty_url: str) -> str:
    migrate(empty_url)
    return empty_url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url, connections=8)
    yield database
    database.close()


def _administer(platform: Platform, statement: str) -> None:
    with psycopg.connect(postgres.url(platform, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
