"""Environment variables of assembly."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, StorageSettings


class AssemblySettings(Settings, KafkaSettings, StorageSettings, DatabaseSettings):
    """Settings of assembly: Kafka, S3, PostgreSQL, and the settings of every function."""
