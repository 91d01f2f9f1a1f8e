"""Settings say what is wrong with them."""

import pytest
from pydantic import ValidationError

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, load


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


def _of_kafka(**said: str) -> KafkaSettings:
    return KafkaSettings.model_validate({"kafka_bootstrap_servers": "kafka:9093", **said})


def test_a_broker_in_the_open_is_told_no_credentials() -> None:
    settings = _of_kafka(kafka_sasl_username="pagebus-intake", kafka_sasl_password="secret", kafka_ssl_ca_pem="CA")

    assert settings.kafka == {"bootstrap.servers": "kafka:9093", "security.protocol": "PLAINTEXT"}


def test_a_password_goes_to_the_broker_and_into_no_log() -> None:
    settings = _of_kafka(
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="pagebus-intake",
        kafka_sasl_password="secret",
        kafka_ssl_ca_pem="CA",
    )

    assert settings.kafka == {
        "bootstrap.servers": "kafka:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "pagebus-intake",
        "sasl.password": "secret",
        "ssl.ca.pem": "CA",
    }
    assert "secret" not in repr(settings)


def test_a_certificate_goes_to_the_broker_with_its_key() -> None:
    settings = _of_kafka(kafka_security_protocol="SSL", kafka_ssl_certificate_pem="CERT", kafka_ssl_key_pem="hidden")

    assert settings.kafka["ssl.certificate.pem"] == "CERT"
    assert settings.kafka["ssl.key.pem"] == "hidden"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    "half",
    [
        {"kafka_security_protocol": "SASL_SSL"},
        {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "pagebus-intake"},
        {"kafka_security_protocol": "SSL", "kafka_ssl_certificate_pem": "CERT"},
    ],
)
def test_half_a_login_is_said_before_anything_starts(half: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="KAFKA_"):
        _of_kafka(**half)
