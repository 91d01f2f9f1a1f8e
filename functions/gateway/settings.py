"""What the gateway reads from the environment."""

from functions.runtime.settings import DatabaseSettings, KafkaSettings, Settings, StorageSettings


class GatewaySettings(Settings, KafkaSettings, StorageSettings, DatabaseSettings):
    """Nothing beyond what its dependencies need."""
