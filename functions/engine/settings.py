"""What all engines read from the environment."""

from pydantic import Field

from functions.documents.model import IMAGE_PIXELS
from functions.runtime.settings import KafkaSettings, SandboxSettings, Settings, StorageSettings

#: What versions of readings do not name; so these stay as they are, whatever the defaults will be.
_UNNAMED_DPI, _UNNAMED_PIXELS = 300, 20_000_000


class EngineSettings(Settings, KafkaSettings, StorageSettings, SandboxSettings):
    """An engine's own settings are added in its settings.py."""

    render_dpi: int = Field(300, ge=72, le=1200, description="dots per inch at which pages of PDFs are rendered")
    max_page_pixels: int = Field(20_000_000, ge=10_000, description="pixels an engine is given of one page")
    max_image_pixels: int = Field(IMAGE_PIXELS, ge=10_000, description="pixels of the largest image that is opened")
    cache_bytes: int = Field(1 << 30, ge=0, description="bytes of local disk for documents that are being read")

    @property
    def rendering(self) -> str:
        """How pages are rendered, as an ending of the versions of readings: other pixels make another reading."""
        dpi = "" if self.render_dpi == _UNNAMED_DPI else f"-{self.render_dpi}dpi"
        pixels = "" if self.max_page_pixels == _UNNAMED_PIXELS else f"-{self.max_page_pixels}px"
        return dpi + pixels
