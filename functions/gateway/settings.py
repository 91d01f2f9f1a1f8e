"""Environment variables of the gateway."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, StorageSettings


class GatewaySettings(Settings, KafkaSettings, StorageSettings, DatabaseSettings):
    """Settings of the gateway: Kafka, S3, PostgreSQL, and the settings of every function."""
