"""From a requested page to its pixels."""

from dataclasses import dataclass

from events.page import PageRequested
from functions.engine.documents import Documents
from functions.engine.request import TASK, Rendered, RenderRequest
from functions.engine.settings import EngineSettings
from functions.runtime.documents.model import Raster
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.sandbox.wire import crashed


@dataclass(frozen=True)
class Pages:
    """Fetches documents and renders their pages in the sandbox."""

    documents: Documents
    sandbox: Sandbox
    settings: EngineSettings

    def image(self, request: PageRequested) -> Raster:
        """The page as an engine sees it. Raises DocumentProblem and Unavailable."""
        wanted = RenderRequest(
            media_type=request.media_type,
            page=request.page,
            max_pixels=self.settings.max_page_pixels,
            image_pixels=self.settings.max_image_pixels,
            dpi=self.settings.render_dpi,
        )
        with self.documents.opened(request) as path:
            rendered, pixels = self.sandbox.run(TASK, wanted, path, Rendered)
        if len(pixels) != rendered.width * rendered.height:
            raise crashed()
        return Raster(pixels, rendered.width, rendered.height, rendered.dpi)
