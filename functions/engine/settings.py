"""Settings that all engines read from the environment."""

from pydantic import Field

from functions.documents.model import MAX_IMAGE_PIXELS
from functions.runtime.settings import KafkaSettings, SandboxSettings, Settings, StorageSettings

#: Versions of readings omit these values. The values stay the same if a default changes. Otherwise the versions of
#: stored readings would refer to the new default.
_OMITTED_DPI, _OMITTED_PIXELS = 300, 20_000_000


class EngineSettings(Settings, KafkaSettings, StorageSettings, SandboxSettings):
    """The settings of every engine. An engine can add settings in its own settings.py."""

    render_dpi: int = Field(300, ge=72, le=1200, description="dots per inch at which pages of PDFs are rendered")
    max_page_pixels: int = Field(
        20_000_000, ge=10_000, description="maximum number of pixels in the page image for an engine"
    )
    max_image_pixels: int = Field(MAX_IMAGE_PIXELS, ge=10_000, description="maximum number of pixels of an image file")
    cache_bytes: int = Field(1 << 30, ge=0, description="bytes of local disk for documents that are being read")

    @property
    def rendering_version(self) -> str:
        """The suffix of reading versions for unusual render settings, because other pixels lead to another reading."""
        dpi = "" if self.render_dpi == _OMITTED_DPI else f"-{self.render_dpi}dpi"
        pixels = "" if self.max_page_pixels == _OMITTED_PIXELS else f"-{self.max_page_pixels}px"
        return dpi + pixels
