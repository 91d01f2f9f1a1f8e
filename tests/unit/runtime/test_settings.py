"""Settings say what is wrong with them."""

import pytest

from functions.runtime.settings import DatabaseSettings, Settings, load


class Needy(Settings, DatabaseSettings):
    """A function with a database."""


def test_a_missing_variable_is_named_with_what_it_must_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORT", "many")

    with pytest.raises(SystemExit) as ended:
        load(Needy)

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "DATABASE_URL: Field required. It must hold PostgreSQL, as postgresql://" in said
    assert "PORT: " in said
    assert "many" not in said


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db")
    monkeypatch.setenv("PORT", "9000")

    settings = load(Needy)

    assert (settings.port, settings.database_url, settings.host) == (9000, "postgresql://db", "127.0.0.1")


def test_an_empty_variable_is_as_good_as_absent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PORT", "")

    with pytest.raises(SystemExit):
        load(Needy)

    said = capsys.readouterr().err
    assert "DATABASE_URL: Field required" in said
    assert "PORT" not in said
