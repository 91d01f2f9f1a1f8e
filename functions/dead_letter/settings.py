"""What dead_letter reads from the environment."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings


class DeadLetterSettings(Settings, KafkaSettings, DatabaseSettings):
    """Where to keep, and where to say what ended."""
