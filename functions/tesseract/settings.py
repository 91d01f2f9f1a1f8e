"""The environment variables of the Tesseract engine."""

from functions.engine.settings import EngineSettings


class TesseractSettings(EngineSettings):
    """Settings of Tesseract, which has none of its own."""
