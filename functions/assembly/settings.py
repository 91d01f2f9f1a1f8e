"""What assembly reads from the environment."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, StorageSettings


class AssemblySettings(Settings, KafkaSettings, StorageSettings, DatabaseSettings):
    """Nothing beyond what its dependencies need."""
