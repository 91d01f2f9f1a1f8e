"""What all engines read from the environment."""

from pydantic import Field

from functions.runtime.documents.model import IMAGE_PIXELS
from functions.runtime.settings import KafkaSettings, Settings, StorageSettings


class EngineSettings(Settings, KafkaSettings, StorageSettings):
    """An engine's own settings are added in its settings.py."""

    inline_text_bytes: int = Field(32_768, ge=0, description="bytes of text an event may carry; 0 for none")
    render_dpi: int = Field(300, ge=72, le=1200, description="dots per inch at which pages of PDFs are rendered")
    max_page_pixels: int = Field(20_000_000, ge=10_000, description="pixels an engine is given of one page")
    max_image_pixels: int = Field(IMAGE_PIXELS, ge=10_000, description="pixels of the largest image that is opened")
    max_document_bytes: int = Field(1 << 30, ge=1, description="bytes of the largest document that is read")
    cache_bytes: int = Field(1 << 30, ge=0, description="bytes of local disk for documents that are being read")
    job_memory_bytes: int = Field(1 << 30, ge=1 << 26, description="bytes of memory for rendering one page")
    job_seconds: int = Field(30, ge=1, description="seconds for rendering one page")
