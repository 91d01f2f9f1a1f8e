"""From a requested page to its pixels."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from events.page import PageRequested
from functions.documents.model import Raster
from functions.engine.documents import Documents
from functions.engine.preparation.geometry import prepared_size, to_page
from functions.engine.preparation.look import Look
from functions.engine.preparation.orientation import turn
from functions.engine.preparation.planning import in_doubt
from functions.engine.preparation.treatment import Treatment, Turn
from functions.engine.request import TASK, Rendered, RenderRequest
from functions.engine.settings import EngineSettings
from functions.reading.reading import Preparation
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.sandbox.wire import crashed


@dataclass(frozen=True)
class PageImage:
    """A page ready to be read. `look` is the page's before anything was done to it, `timings` are seconds by step."""

    raster: Raster
    look: Look
    preparation: Preparation | None = None
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pages:
    """Fetches documents; renders, measures and prepares their pages in the sandbox."""

    documents: Documents
    sandbox: Sandbox
    settings: EngineSettings

    @property
    def rendering(self) -> str:
        """What ends the version of what is read here; nothing where pages are rendered as they are by default."""
        return self.settings.rendering

    def image(self, request: PageRequested) -> PageImage:
        """The page as an engine is to see it. Raises DocumentProblem and Unavailable."""
        with self.documents.opened(request) as path:
            image, treatment = self._rendered(request, path)
            return self._upright(request, path, image, treatment) if in_doubt(image.look) else image

    def _upright(self, request: PageRequested, path: Path, image: PageImage, treatment: Treatment) -> PageImage:
        """Once more from the document where it lies wrongly, as this process has nothing that turns pixels."""
        began = time.monotonic()
        more = turn(image.raster)
        timings = {**image.timings, "orient": time.monotonic() - began}
        if not more:
            return replace(image, timings=timings)
        upright, _ = self._rendered(request, path, cast("Turn", (treatment.turned + more) % 360))
        return replace(upright, timings={step: timings[step] + upright.timings.get(step, 0) for step in timings})

    def _rendered(self, request: PageRequested, path: Path, turned: Turn | None = None) -> tuple[PageImage, Treatment]:
        wanted = RenderRequest(
            media_type=request.media_type,
            page=request.page,
            max_pixels=self.settings.max_page_pixels,
            image_pixels=self.settings.max_image_pixels,
            dpi=self.settings.render_dpi,
            turned=turned,
        )
        rendered, pixels = self.sandbox.run(TASK, wanted, path, Rendered)
        return _image(rendered, pixels), rendered.treatment


def _image(rendered: Rendered, pixels: bytes) -> PageImage:
    """Sizes and places follow from the treatment, as the job may say anything."""
    look, treatment = rendered.look, rendered.treatment
    page = look.width, look.height
    width, height = prepared_size(page, treatment)
    if not pixels or len(pixels) != width * height:
        raise crashed()
    return PageImage(
        Raster(pixels, width, height, max(1, round(look.dpi * treatment.scale))),
        look,
        _preparation(page, treatment),
        {"render": rendered.rendering, "prepare": rendered.preparing},
    )


def _preparation(page: tuple[int, int], treatment: Treatment) -> Preparation | None:
    return Preparation(steps=treatment.steps, to_page=to_page(page, treatment)) if treatment.steps else None
