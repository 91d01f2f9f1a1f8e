"""Surya 2: what stands on a page and how it is laid out, with tables, and lines where its detection is there."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from functions.engine.models.batching import Batcher
from functions.engine.models.checkpoint import name
from functions.engine.models.pages import picture
from functions.engine.reader import Raster, Reading
from functions.reading.reading import Block, Line
from functions.surya import html
from functions.surya.blocks import block
from functions.surya.lines import placed
from functions.surya.local import Local
from functions.surya.results import Content, reading
from functions.surya.settings import SuryaSettings
from functions.surya.slow import SlowPages

if TYPE_CHECKING:
    from functions.surya.endpoint import Endpoint

Run = Callable[[Sequence[Any]], Sequence[Any]]


class Surya:
    """One model per process, or an endpoint; threads that read at the same time share passes."""

    name: ClassVar[str] = "surya"

    def __init__(self, settings: SuryaSettings) -> None:
        self._settings, self._slow = settings, SlowPages()
        model = name(settings) if settings.runs_here else settings.model_id.rpartition("/")[2]
        lines = "-lines" if settings.surya_lines_dir else ""
        self.version = f"{version('surya-ocr')}-{model}-{settings.surya_layout}{lines}"
        self.languages = frozenset(settings.languages.split("+"))

    def load(self) -> None:
        """Seconds to minutes: torch, the weights; or as long as the endpoint takes. Raises Unstartable."""
        _prepare(self._settings)
        from functions.surya import predictors  # noqa: PLC0415  # seconds, and Surya reads the environment as it comes

        self._predictors = predictors
        by_docling = self._settings.surya_layout == "docling"
        self._lines = self._batched(predictors.Detector, self._settings.surya_lines_dir)
        self._regions = self._batched(predictors.Layout, self._settings.docling_layout_dir if by_docling else None)
        self._model = self._loaded()

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Raises what the model raises; Refused, TooSlow, and Unavailable when the endpoint is down or full."""
        with self._slow.counted(image.pixels):
            return self._read(image, languages)

    def _read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        timings: dict[str, float] = {}
        seen = picture(image)
        manager = self._predictors.Manager(self._model.page(), self._settings.surya_parallel)
        with _timed(timings, "recognize"):
            found = self._found(manager, seen)
        with _timed(timings, "tables"):
            grids = self._grids(manager, seen, found)
        blocks = [block(each, seen.size, grids.get(n), sure=manager.sure) for n, each in enumerate(found)]
        with _timed(timings, "lines"):
            lines, blocks = self._placed(seen, blocks)
        markdown = "\n\n".join(html.markdown(each.html) for each in found if each.html)
        content = Content(blocks, lines, markdown, manager.answers, timings)
        return reading((self.name, self.version), languages, image, content)

    def _loaded(self) -> "Local | Endpoint":
        if self._settings.runs_here:
            return Local(self._settings)
        from functions.surya.endpoint import Endpoint  # noqa: PLC0415  # a second, and in the background

        endpoint = Endpoint(self._settings)
        endpoint.wait()
        return endpoint

    def _batched(self, model: Callable[[Path], Run], directory: Path | None) -> Batcher[Any, Any] | None:
        if directory is None:
            return None
        settings = self._settings
        return Batcher(model(directory), size=settings.max_batch_size, wait_seconds=settings.max_wait_ms / 1000)

    def _found(self, manager: Any, seen: Any) -> list[Any]:
        """Surya's blocks, in reading order."""
        if self._settings.surya_layout == "page":
            return self._predictors.whole_page(manager, seen)
        if self._regions is None:
            return self._predictors.by_blocks(manager, seen)
        return self._predictors.by_regions(manager, seen, self._regions(seen).output)

    def _grids(self, manager: Any, seen: Any, found: list[Any]) -> dict[int, Any]:
        tables = {n: each for n, each in enumerate(found) if html.cells(each.html)}
        return dict(zip(tables, self._predictors.grids(manager, seen, list(tables.values())), strict=True))

    def _placed(self, seen: Any, blocks: list[Block]) -> tuple[list[Line], list[Block]]:
        if self._lines is None:
            return [], blocks
        return placed(self._lines(seen).output, blocks)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    timings[step] = time.monotonic() - began


def _prepare(settings: SuryaSettings) -> None:
    """Surya reads these once, when it is imported."""
    # Never its own servers, which it would start; and no words in the log: they are the document's.
    os.environ |= {
        "SURYA_INFERENCE_AUTOSTART": "false",
        "DETECTOR_SERVER_AUTOSTART": "false",
        "DISABLE_TQDM": "true",
        "LOGLEVEL": "CRITICAL",
    }
    if settings.device != "auto":
        os.environ["TORCH_DEVICE"] = settings.device
