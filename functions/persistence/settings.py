"""Environment variables of persistence."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings


class PersistenceSettings(Settings, KafkaSettings, DatabaseSettings):
    """Settings of persistence: Kafka, PostgreSQL, and the settings of every function."""
