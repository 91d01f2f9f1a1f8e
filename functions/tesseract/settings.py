"""What the engine reads from the environment."""

from functions.engine.settings import EngineSettings


class TesseractSettings(EngineSettings):
    """Nothing of its own."""
