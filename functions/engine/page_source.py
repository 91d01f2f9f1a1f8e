"""Page images for engines. Documents come from a disk cache; the sandbox renders and corrects their pages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import cast

from events.page import PageRequested
from events.reasons import PageFailure
from functions.documents.model import Raster
from functions.engine.preparation.correction_plan import (
    CorrectionPlan,
    Rotation,
    compute_page_transform,
    compute_prepared_size,
    is_orientation_uncertain,
)
from functions.engine.preparation.orientation import detect_rotation
from functions.engine.preparation.page_image import PageImage
from functions.engine.render_job import RENDER_TASK, RenderedPage, RenderRequest
from functions.engine.settings import EngineSettings
from functions.reading.reading import Preparation
from functions.runtime.disk_cache import DiskCache
from functions.runtime.errors import ObjectChanged, ObjectGone, ObjectTooLarge
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.protocol import make_crash_problem
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.storage import Storage


class DocumentCache:
    """A cache of at most `capacity_bytes` on local disk, for documents of at most `max_document_bytes` each."""

    def __init__(self, storage: Storage, *, capacity_bytes: int, max_document_bytes: int) -> None:
        self._storage, self._max_document_bytes = storage, max_document_bytes
        self._files = DiskCache(capacity_bytes)

    @contextmanager
    def open_document(self, request: PageRequested) -> Iterator[Path]:
        """Yield the path of the document, which stays on disk until the context ends.

        Raise DocumentProblem if the document was removed or replaced, and Unavailable if the store does not answer.
        """
        # The key has the tenant. Otherwise a fast response would reveal that another tenant has the same document.
        with self._files.open((request.tenant, request.sha256), partial(self._fetch, request)) as file:
            yield file.path

    def close(self) -> None:
        """Delete all cached documents."""
        self._files.close()

    def _fetch(self, request: PageRequested, path: Path) -> str:
        try:
            sha256 = self._storage.download(
                request.bucket,
                request.key,
                path,
                etag=request.etag,
                version_id=request.version_id,
                limit=self._max_document_bytes,
            )
        except ObjectGone as error:
            raise DocumentProblem(PageFailure.DOCUMENT_GONE, "The document was removed before it was read.") from error
        except (ObjectChanged, ObjectTooLarge) as error:
            raise _make_changed_problem() from error
        if sha256 != request.sha256:
            raise _make_changed_problem()
        return sha256


def _make_changed_problem() -> DocumentProblem:
    return DocumentProblem(PageFailure.DOCUMENT_CHANGED, "The document was replaced before it was read.")


@dataclass(frozen=True)
class PageSource:
    """The source of an engine's page images."""

    documents: DocumentCache
    sandbox: Sandbox
    settings: EngineSettings

    @cached_property
    def rendering_version(self) -> str:
        """The suffix of reading versions for unusual render settings. It is empty for the defaults."""
        return self.settings.rendering_version

    def load_image(self, request: PageRequested) -> PageImage:
        """Return the corrected image of the requested page.

        Raise DocumentProblem if the page cannot be rendered, and Unavailable if a dependency is down.
        """
        with self.documents.open_document(request) as path:
            image, corrections = self._render(request, path)
            if is_orientation_uncertain(image.measurements):
                return self._rotate_upright(request, path, image, corrections)
            return image

    def _rotate_upright(
        self, request: PageRequested, path: Path, image: PageImage, corrections: CorrectionPlan
    ) -> PageImage:
        """Return the image with its text upright.

        A rotated page is rendered again from the document, because this process has no library that rotates pixels. The
        timings of the result include the first rendering.
        """
        started = time.monotonic()
        rotation = detect_rotation(image.raster)
        timings = {**image.timings, "orient": time.monotonic() - started}
        if not rotation:
            return replace(image, timings=timings)
        upright, _ = self._render(request, path, cast("Rotation", (corrections.rotation + rotation) % 360))
        return replace(upright, timings={step: timings[step] + upright.timings.get(step, 0) for step in timings})

    def _render(
        self, request: PageRequested, path: Path, rotation: Rotation | None = None
    ) -> tuple[PageImage, CorrectionPlan]:
        job = RenderRequest(
            media_type=request.media_type,
            page=request.page,
            max_pixels=self.settings.max_page_pixels,
            max_image_pixels=self.settings.max_image_pixels,
            dpi=self.settings.render_dpi,
            rotation=rotation,
        )
        page, pixels = self.sandbox.run(RENDER_TASK, job, path, RenderedPage)
        return build_page_image(page, pixels), page.corrections


def build_page_image(page: RenderedPage, pixels: bytes) -> PageImage:
    """Return the page image that a render job describes. Raise DocumentProblem if its number of pixels is wrong.

    The image size is computed here, because a malicious document may have taken over the job and changed its result.
    """
    measurements, corrections = page.measurements, page.corrections
    page_size = measurements.width, measurements.height
    width, height = compute_prepared_size(page_size, corrections)
    if not pixels or len(pixels) != width * height:
        raise make_crash_problem()
    preparation = None
    if steps := corrections.steps:
        preparation = Preparation(steps=steps, to_page=compute_page_transform(page_size, corrections))
    return PageImage(
        Raster(pixels, width, height, max(1, round(measurements.dpi * corrections.scale))),
        measurements,
        preparation,
        {"render": page.render_seconds, "prepare": page.prepare_seconds},
    )
