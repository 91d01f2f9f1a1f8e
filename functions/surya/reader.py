"""Surya 2: what stands on a page and how it is laid out, with tables, and lines where its detection is there."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, ClassVar

from functions.engine.models.batching import Batcher
from functions.engine.models.checkpoint import name
from functions.engine.models.pages import picture
from functions.engine.reader import Raster, Reading
from functions.runtime.reading import Block, Line, Polygon
from functions.surya import html
from functions.surya.blocks import block
from functions.surya.endpoint import Endpoint
from functions.surya.lines import placed
from functions.surya.local import Local
from functions.surya.results import confidence, signals
from functions.surya.settings import SuryaSettings

#: It does not draw this around what is there to be read.
_BLANK = "BlankPage"


class Surya:
    """One model per process, or an endpoint; threads that read at the same time share passes."""

    name: ClassVar[str] = "surya"

    def __init__(self, settings: SuryaSettings) -> None:
        self._settings = settings
        model = name(settings) if settings.surya_mode == "inprocess" else settings.model_id.rpartition("/")[2]
        lines = "-lines" if settings.surya_lines_dir else ""
        self.version = f"{version('surya-ocr')}-{model}-{settings.surya_layout}{lines}"
        self.languages = frozenset(settings.languages.split("+"))

    def load(self) -> None:
        """Seconds to minutes: torch, the weights; or as long as the endpoint takes. Raises Unstartable."""
        _prepare(self._settings)
        from functions.surya import predictors  # noqa: PLC0415  # seconds, and Surya reads the environment as it comes

        self._predictors = predictors
        self._find_lines = self._detector()
        self._model = self._loaded()

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Raises what the model raises, Refused, and Unavailable when the endpoint is down."""
        timings: dict[str, float] = {}
        seen = picture(image)
        manager = self._predictors.Manager(self._model.page(), self._settings.surya_parallel)
        with _timed(timings, "recognize"):
            found = self._found(manager, seen)
        with _timed(timings, "tables"):
            grids = self._grids(manager, seen, found)
        with _timed(timings, "lines"):
            lines, blocks = self._placed(seen, [block(each, seen.size, grids.get(n)) for n, each in enumerate(found)])
        return Reading(
            engine=self.name,
            engine_version=self.version,
            languages=languages,
            text="\n\n".join(each.text for each in blocks if each.text),
            confidence=confidence(blocks, manager.answers, image),
            width=image.width,
            height=image.height,
            dpi=image.dpi,
            markdown="\n\n".join(html.markdown(each.html) for each in found if each.html),
            blocks=blocks,
            lines=lines,
            signals=signals(manager.answers),
            seconds=sum(timings.values()),
            timings=timings,
        )

    def _loaded(self) -> Local | Endpoint:
        if self._settings.surya_mode == "inprocess":
            return Local(self._settings)
        endpoint = Endpoint(self._settings)
        endpoint.wait()
        return endpoint

    def _detector(self) -> Batcher[Any, list[Polygon]] | None:
        settings = self._settings
        if settings.surya_lines_dir is None:
            return None
        detector = self._predictors.Detector(settings.surya_lines_dir)
        return Batcher(detector, size=settings.max_batch_size, wait_seconds=settings.max_wait_ms / 1000)

    def _found(self, manager: Any, seen: Any) -> list[Any]:
        """Surya's blocks, in its order."""
        ways = {"page": self._predictors.whole_page, "surya": self._predictors.by_blocks}
        return [each for each in ways[self._settings.surya_layout](manager, seen) if each.label != _BLANK]

    def _grids(self, manager: Any, seen: Any, found: list[Any]) -> dict[int, Any]:
        tables = {n: each for n, each in enumerate(found) if html.cells(each.html)}
        return dict(zip(tables, self._predictors.grids(manager, seen, list(tables.values())), strict=True))

    def _placed(self, seen: Any, blocks: list[Block]) -> tuple[tuple[Line, ...], tuple[Block, ...]]:
        if self._find_lines is None:
            return (), tuple(blocks)
        return placed(self._find_lines(seen).output, blocks)


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
