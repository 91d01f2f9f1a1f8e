"""Environment variables of the Tesseract engine."""

from functions.engine.settings import EngineSettings


class TesseractSettings(EngineSettings):
    """Settings of Tesseract: only the settings of every engine."""
