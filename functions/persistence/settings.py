"""What persistence reads from the environment."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings


class PersistenceSettings(Settings, KafkaSettings, DatabaseSettings):
    """Where to remember, and where to say it."""
