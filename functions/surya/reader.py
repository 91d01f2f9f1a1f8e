"""Reader of pages with Surya 2: text, layout and tables, and lines if Surya's detection model is configured."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from functions.engine.models.batching import Batcher
from functions.engine.models.checkpoint import build_model_version
from functions.engine.models.page_model import to_rgb_image
from functions.engine.reader import Raster, Reading
from functions.reading.reading import Block, Line
from functions.surya.blocks import assign_lines, build_block
from functions.surya.html import extract_cells, to_markdown
from functions.surya.local_model import LocalModel
from functions.surya.results import RecognizedPage, build_reading
from functions.surya.settings import SuryaSettings
from functions.surya.slow_pages import SlowPageTracker

if TYPE_CHECKING:
    from functions.surya.endpoint import ModelEndpoint

RunBatch = Callable[[Sequence[Any]], Sequence[Any]]

#: Increase this number with every change of the engine's own code that changes readings. Pages are then read again.
#: Version 2 keeps printed text that looks like a tag.
_CODE_VERSION = 2


class Surya:
    """The Surya engine, with a model in this process or an endpoint. Concurrent pages share forward passes."""

    name: ClassVar[str] = "surya"

    def __init__(self, settings: SuryaSettings) -> None:
        self._settings, self._slow_pages = settings, SlowPageTracker()
        model = build_model_version(settings) if settings.is_in_process else settings.model_id.rpartition("/")[2]
        lines = "-lines" if settings.surya_lines_dir else ""
        self.version = f"{version('surya-ocr')}-code{_CODE_VERSION}-{model}-{settings.surya_layout}{lines}"
        self.languages = frozenset(settings.languages.split("+"))

    def load(self) -> None:
        """Load torch and the weights (seconds to minutes), or wait for the endpoint. Raise StartupError."""
        _configure_surya(self._settings)
        # Surya reads the environment during its import, which takes seconds.
        from functions.surya import predictors  # noqa: PLC0415  # see above

        self._predictors = predictors
        needs_layout_model = self._settings.surya_layout == "docling"
        layout_dir = self._settings.docling_layout_dir if needs_layout_model else None
        self._line_detector = self._build_batcher(predictors.LineDetector, self._settings.surya_lines_dir)
        self._layout_model = self._build_batcher(predictors.LayoutModel, layout_dir)
        self._model = self._load_model()

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page.

        Raise the model's error if the model fails on this page. With an endpoint, raise PageRefused or PageTooSlow, or
        Unavailable if the endpoint is down or overloaded.
        """
        with self._slow_pages.track(image.pixels):
            return self._read(image, languages)

    def _read(self, raster: Raster, languages: tuple[str, ...]) -> Reading:
        timings: dict[str, float] = {}
        image = to_rgb_image(raster)
        manager = self._predictors.PredictorManager(self._model.start_page(), self._settings.surya_parallel)
        with _measure_seconds(timings, "recognize"):
            surya_blocks = self._recognize(manager, image)
        with _measure_seconds(timings, "tables"):
            grids = self._read_grids(manager, image, surya_blocks)
        blocks = [
            build_block(block, image.size, grids.get(index), has_probability=manager.has_probabilities)
            for index, block in enumerate(surya_blocks)
        ]
        with _measure_seconds(timings, "lines"):
            lines, blocks = self._detect_lines(image, blocks)
        markdown = "\n\n".join(to_markdown(block.html) for block in surya_blocks if block.html)
        page = RecognizedPage(blocks, lines, markdown, manager.responses, timings)
        return build_reading((self.name, self.version), languages, raster, page)

    def _load_model(self) -> "LocalModel | ModelEndpoint":
        if self._settings.is_in_process:
            return LocalModel(self._settings)
        from functions.surya.endpoint import ModelEndpoint  # noqa: PLC0415  # its import takes a second

        endpoint = ModelEndpoint(self._settings)
        endpoint.wait_until_ready()
        return endpoint

    def _build_batcher(self, load: Callable[[Path], RunBatch], directory: Path | None) -> Batcher[Any, Any] | None:
        """Return a batcher for the model in the directory, or None if the directory is None."""
        if directory is None:
            return None
        settings = self._settings
        return Batcher(load(directory), size=settings.max_batch_size, wait_seconds=settings.max_wait_ms / 1000)

    def _recognize(self, manager: Any, image: Any) -> list[Any]:
        """Return Surya's blocks in reading order."""
        if self._settings.surya_layout == "page":
            return self._predictors.read_page(manager, image)
        if self._layout_model is None:
            return self._predictors.read_blocks(manager, image)
        return self._predictors.read_regions(manager, image, self._layout_model(image).output)

    def _read_grids(self, manager: Any, image: Any, blocks: list[Any]) -> dict[int, Any]:
        """Return the grid of each table, by the index of its block."""
        tables = {index: block for index, block in enumerate(blocks) if extract_cells(block.html)}
        grids = self._predictors.read_table_grids(manager, image, list(tables.values()))
        return dict(zip(tables, grids, strict=True))

    def _detect_lines(self, image: Any, blocks: list[Block]) -> tuple[list[Line], list[Block]]:
        if self._line_detector is None:
            return [], blocks
        return assign_lines(self._line_detector(image).output, blocks)


@contextmanager
def _measure_seconds(timings: dict[str, float], step: str) -> Iterator[None]:
    """Write the seconds of the `with` block to `timings` under the name `step`."""
    started = time.monotonic()
    yield
    timings[step] = time.monotonic() - started


def _configure_surya(settings: SuryaSettings) -> None:
    """Set the environment variables that Surya reads during its import."""
    # Surya must not start its own servers, and must not log text of documents.
    os.environ |= {
        "SURYA_INFERENCE_AUTOSTART": "false",
        "DETECTOR_SERVER_AUTOSTART": "false",
        "DISABLE_TQDM": "true",
        "LOGLEVEL": "CRITICAL",
    }
    if settings.device != "auto":
        os.environ["TORCH_DEVICE"] = settings.device
