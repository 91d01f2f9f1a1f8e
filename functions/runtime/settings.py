"""Settings of functions from environment variables. `main.py` reads them once and reports all invalid variables."""

import sys
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from functions.runtime.sandbox.limits import JobLimits

SettingsT = TypeVar("SettingsT", bound="Settings")


class _Environment(BaseSettings):
    """Immutable settings. An empty variable counts as missing."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)


class Settings(_Environment):
    """Settings of every function."""

    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 in an image")
    port: int = Field(8080, ge=1, le=65535, description="port to listen on; Knative sets it")
    concurrency: int = Field(8, ge=1, description="number of parallel requests; the Service's containerConcurrency")
    deadline_seconds: float = Field(60, gt=0, description="seconds after which a stalled process ends itself")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error")


class KafkaSettings(_Environment):
    """Settings of a function that publishes events. Certificates are text, so no file has to be mounted."""

    kafka_bootstrap_servers: str = Field(description="Kafka brokers as host:port, separated by commas")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, as the listener requires"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_sasl_username: str | None = Field(None, description="user name, if the protocol is SASL_...")
    kafka_sasl_password: SecretStr | None = Field(None, description="password of the user")
    kafka_ssl_ca_pem: str | None = Field(
        None, description="PEM of the authority that signed the brokers' certificates, unless the system trusts it"
    )
    kafka_ssl_certificate_pem: str | None = Field(
        None, description="PEM of the client certificate, if the listener requires one"
    )
    kafka_ssl_key_pem: SecretStr | None = Field(None, description="PEM of the client certificate's private key")

    @model_validator(mode="after")
    def _check_credentials(self) -> "KafkaSettings":
        if "SASL" in self.kafka_security_protocol and not (self.kafka_sasl_username and self.kafka_sasl_password):
            raise ValueError(f"{self.kafka_security_protocol} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD")
        if (self.kafka_ssl_certificate_pem is None) != (self.kafka_ssl_key_pem is None):
            raise ValueError("KAFKA_SSL_CERTIFICATE_PEM and KAFKA_SSL_KEY_PEM must be set together")
        return self

    @property
    def kafka_client_config(self) -> dict[str, str]:
        """The settings for librdkafka: brokers and credentials. Settings that the protocol does not use are absent."""
        protocol = self.kafka_security_protocol
        config = {"bootstrap.servers": self.kafka_bootstrap_servers, "security.protocol": protocol}
        if "SASL" in protocol:
            config |= {"sasl.mechanism": self.kafka_sasl_mechanism, "sasl.username": self.kafka_sasl_username or ""}
            config |= {"sasl.password": _reveal(self.kafka_sasl_password)}
        if "SSL" in protocol:
            config |= {"ssl.ca.pem": self.kafka_ssl_ca_pem or "", "ssl.key.pem": _reveal(self.kafka_ssl_key_pem)}
            config |= {"ssl.certificate.pem": self.kafka_ssl_certificate_pem or ""}
        return {name: value for name, value in config.items() if value}


def _reveal(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


class StorageSettings(_Environment):
    """Settings of a function that uses the object store. Credentials come from the AWS SDK's default chain."""

    aws_endpoint_url: str | None = Field(None, description="URL of the object store, unless it is AWS")
    aws_region: str = Field("us-east-1", description="region of the object store")
    uploads_bucket: str = Field("pagebus-uploads", description="bucket for uploads of users")
    results_bucket: str = Field("pagebus-results", description="bucket for readings and outputs")


class DatabaseSettings(_Environment):
    """Settings of a function that uses PostgreSQL."""

    database_url: str = Field(description="PostgreSQL, as postgresql://user:password@host:port/database")


class TextSettings(_Environment):
    """Settings of a function that publishes the text of pages."""

    inline_text_bytes: int = Field(32_768, ge=0, description="bytes of text an event may carry; 0 for none")


class SandboxSettings(TextSettings):
    """Settings of a function that opens documents in sandbox jobs."""

    max_document_bytes: int = Field(1 << 30, ge=1, description="bytes of the largest document that is read")
    job_memory_bytes: int = Field(768 << 20, ge=1 << 26, description="bytes of memory for one job on a document")
    job_seconds: int = Field(30, ge=1, description="seconds of CPU time for one job on a document")

    @property
    def job_limits(self) -> JobLimits:
        """The limits of a job. Its wall time is twice its CPU time, because a busy machine slows every job down."""
        return JobLimits(
            memory_bytes=self.job_memory_bytes, cpu_seconds=self.job_seconds, wall_seconds=2 * self.job_seconds
        )


def load_settings(settings_class: type[SettingsT]) -> SettingsT:
    """Read the settings from the environment.

    If variables are invalid, write one line for each variable to stderr and exit with status 2.
    """
    try:
        return settings_class()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            if not problem["loc"]:  # a check of several variables together
                sys.stderr.write(f"{problem['msg'].removeprefix('Value error, ')}.\n")
                continue
            name = str(problem["loc"][0])
            field = settings_class.model_fields.get(name)
            expected = field.description if field else "see the function's settings.py"
            sys.stderr.write(f"{name.upper()}: {problem['msg']}. It must hold {expected}.\n")
        sys.exit(2)
