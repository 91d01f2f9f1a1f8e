"""Environment variables of assembly."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, StorageSettings


class AssemblySettings(Settings, KafkaSettings, StorageSettings, DatabaseSettings):
    """Settings of assembly: Kafka, S3, PostgreSQL and what every function has."""
