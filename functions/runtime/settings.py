"""Settings come from the environment, are read once in `main.py`, and say what is wrong with them."""

import sys
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from functions.runtime.sandbox.limits import Limits

S = TypeVar("S", bound="Settings")


class _Environment(BaseSettings):
    """Read once; a variable that is empty is as good as absent."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)


class Settings(_Environment):
    """What every function has."""

    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 in an image")
    port: int = Field(8080, ge=1, le=65535, description="port to listen on; Knative sets it")
    concurrency: int = Field(8, ge=1, description="requests at a time; the Service's containerConcurrency")
    deadline_seconds: float = Field(60, gt=0, description="seconds after which a stuck process ends itself")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error")


class KafkaSettings(_Environment):
    """For a function that publishes. Certificates come as text, so that nothing has to be mounted."""

    kafka_bootstrap_servers: str = Field(description="Kafka brokers as host:port, separated by commas")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, as the listener wants it"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_sasl_username: str | None = Field(None, description="the name to log in with, where the protocol is SASL_...")
    kafka_sasl_password: SecretStr | None = Field(None, description="the password that goes with the name")
    kafka_ssl_ca_pem: str | None = Field(
        None, description="PEM of who signed the brokers, unless the system knows them"
    )
    kafka_ssl_certificate_pem: str | None = Field(None, description="PEM to log in with, where the listener wants one")
    kafka_ssl_key_pem: SecretStr | None = Field(None, description="PEM of the key that goes with the certificate")

    @model_validator(mode="after")
    def _complete(self) -> "KafkaSettings":
        if "SASL" in self.kafka_security_protocol and not (self.kafka_sasl_username and self.kafka_sasl_password):
            raise ValueError(f"{self.kafka_security_protocol} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD")
        if (self.kafka_ssl_certificate_pem is None) != (self.kafka_ssl_key_pem is None):
            raise ValueError("KAFKA_SSL_CERTIFICATE_PEM and KAFKA_SSL_KEY_PEM go together")
        return self

    @property
    def kafka(self) -> dict[str, str]:
        """How librdkafka finds the brokers, and who it says it is. What the protocol has no use for stays out."""
        protocol = self.kafka_security_protocol
        said = {"bootstrap.servers": self.kafka_bootstrap_servers, "security.protocol": protocol}
        if "SASL" in protocol:
            said |= {"sasl.mechanism": self.kafka_sasl_mechanism, "sasl.username": self.kafka_sasl_username or ""}
            said |= {"sasl.password": _revealed(self.kafka_sasl_password)}
        if "SSL" in protocol:
            said |= {"ssl.ca.pem": self.kafka_ssl_ca_pem or "", "ssl.key.pem": _revealed(self.kafka_ssl_key_pem)}
            said |= {"ssl.certificate.pem": self.kafka_ssl_certificate_pem or ""}
        return {name: value for name, value in said.items() if value}


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


class StorageSettings(_Environment):
    """For a function that reads or writes objects. Credentials come by the AWS SDK's own chain."""

    aws_endpoint_url: str | None = Field(None, description="the store's URL, unless it is AWS")
    aws_region: str = Field("us-east-1", description="the store's region")
    uploads_bucket: str = Field("pagebus-uploads", description="the bucket that people upload to")
    results_bucket: str = Field("pagebus-results", description="the bucket for readings and outputs")


class DatabaseSettings(_Environment):
    """For a function that remembers."""

    database_url: str = Field(description="PostgreSQL, as postgresql://user:password@host:port/database")


class TextSettings(_Environment):
    """For a function that says what is on a page."""

    inline_text_bytes: int = Field(32_768, ge=0, description="bytes of text an event may carry; 0 for none")


class SandboxSettings(TextSettings):
    """For a function that opens documents, each in a job of its own."""

    max_document_bytes: int = Field(1 << 30, ge=1, description="bytes of the largest document that is read")
    job_memory_bytes: int = Field(768 << 20, ge=1 << 26, description="bytes of memory for one job on a document")
    job_seconds: int = Field(30, ge=1, description="seconds of CPU time for one job on a document")

    @property
    def limits(self) -> Limits:
        """What a job may use. A machine short of time may take twice as long: the document is not to blame."""
        return Limits(
            memory_bytes=self.job_memory_bytes, cpu_seconds=self.job_seconds, wall_seconds=2 * self.job_seconds
        )


def load(settings: type[S]) -> S:
    """Read the environment. Ends the process with status 2 and a line per wrong variable."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            if not problem["loc"]:  # of several variables together
                sys.stderr.write(f"{problem['msg'].removeprefix('Value error, ')}.\n")
                continue
            name = str(problem["loc"][0])
            field = settings.model_fields.get(name)
            wanted = field.description if field else "see the function's settings.py"
            sys.stderr.write(f"{name.upper()}: {problem['msg']}. It must hold {wanted}.\n")
        sys.exit(2)
