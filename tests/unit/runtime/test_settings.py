"""Settings from the environment, and messages about invalid variables."""

import pytest
from pydantic import ValidationError

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, load_settings


class StoreSettings(Settings, DatabaseSettings):
    """Settings of a function with a database."""


def test_missing_variable_is_named_with_its_meaning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORT", "many")

    with pytest.raises(SystemExit) as caught:
        load_settings(StoreSettings)

    error_output = capsys.readouterr().err
    assert caught.value.code == 2
    assert "DATABASE_URL: Field required. It must hold PostgreSQL, as postgresql://" in error_output
    assert "PORT: " in error_output
    assert "many" not in error_output


def test_settings_are_read_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db")
    monkeypatch.setenv("PORT", "9000")

    settings = load_settings(StoreSettings)

    assert (settings.port, settings.database_url, settings.host) == (9000, "postgresql://db", "127.0.0.1")


def test_empty_variable_counts_as_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PORT", "")

    with pytest.raises(SystemExit):
        load_settings(StoreSettings)

    error_output = capsys.readouterr().err
    assert "DATABASE_URL: Field required" in error_output
    assert "PORT" not in error_output


def create_kafka_settings(**values: str) -> KafkaSettings:
    return KafkaSettings.model_validate({"kafka_bootstrap_servers": "kafka:9093", **values})


def test_plaintext_broker_gets_no_credentials() -> None:
    settings = create_kafka_settings(
        kafka_sasl_username="pagebus-intake", kafka_sasl_password="secret", kafka_ssl_ca_pem="CA"
    )

    assert settings.kafka_client_config == {"bootstrap.servers": "kafka:9093", "security.protocol": "PLAINTEXT"}


def test_password_is_in_config_but_not_in_repr() -> None:
    settings = create_kafka_settings(
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="pagebus-intake",
        kafka_sasl_password="secret",
        kafka_ssl_ca_pem="CA",
    )

    assert settings.kafka_client_config == {
        "bootstrap.servers": "kafka:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "pagebus-intake",
        "sasl.password": "secret",
        "ssl.ca.pem": "CA",
    }
    assert "secret" not in repr(settings)


def test_certificate_and_key_are_in_config() -> None:
    settings = create_kafka_settings(
        kafka_security_protocol="SSL", kafka_ssl_certificate_pem="CERT", kafka_ssl_key_pem="hidden"
    )

    assert settings.kafka_client_config["ssl.certificate.pem"] == "CERT"
    assert settings.kafka_client_config["ssl.key.pem"] == "hidden"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    "incomplete",
    [
        {"kafka_security_protocol": "SASL_SSL"},
        {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "pagebus-intake"},
        {"kafka_security_protocol": "SSL", "kafka_ssl_certificate_pem": "CERT"},
    ],
)
def test_incomplete_credentials_are_rejected(incomplete: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="KAFKA_"):
        create_kafka_settings(**incomplete)
