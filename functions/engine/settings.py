"""What all engines read from the environment."""

from pydantic import Field

from functions.runtime.documents.model import IMAGE_PIXELS
from functions.runtime.settings import KafkaSettings, SandboxSettings, Settings, StorageSettings


class EngineSettings(Settings, KafkaSettings, StorageSettings, SandboxSettings):
    """An engine's own settings are added in its settings.py."""

    render_dpi: int = Field(300, ge=72, le=1200, description="dots per inch at which pages of PDFs are rendered")
    max_page_pixels: int = Field(20_000_000, ge=10_000, description="pixels an engine is given of one page")
    max_image_pixels: int = Field(IMAGE_PIXELS, ge=10_000, description="pixels of the largest image that is opened")
    cache_bytes: int = Field(1 << 30, ge=0, description="bytes of local disk for documents that are being read")
