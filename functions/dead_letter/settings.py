"""Environment variables of dead_letter."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings


class DeadLetterSettings(Settings, KafkaSettings, DatabaseSettings):
    """Settings of dead_letter: Kafka, PostgreSQL, and the settings of every function."""
