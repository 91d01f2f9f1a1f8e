"""A model that is asked one question about every page: loaded once, batched, and answered with a reading's parts."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from functions.engine.models import checkpoint
from functions.engine.models.batching import Batcher, Shared
from functions.engine.models.generation import Generated, generate
from functions.engine.models.settings import ModelSettings
from functions.engine.reader import Raster

#: As much of a page as a model has to see once, so that the first real one does not wait for kernels to be made ready.
_BLANK = Raster(b"\xff" * 64 * 64, 64, 64, 72)


class Question(NamedTuple):
    """How a model is asked: `inputs` makes tensors of its processor and pictures; the rest is generate's."""

    inputs: Callable[[Any, list[Any]], Any]
    end: str | None = None
    marks: bool = False


class PageModel:
    """Answers pages to several threads at a time, which share passes. `load` comes before the first page."""

    def __init__(self, settings: ModelSettings, question: Question) -> None:
        self._settings, self._question = settings, question

    def load(self) -> None:
        """Raises Unstartable, and what torch raises."""
        self._checkpoint = checkpoint.load(self._settings)
        self._generate([_BLANK], max_new_tokens=1)
        self._batcher = Batcher(
            self._read, size=self._settings.max_batch_size, wait_seconds=self._settings.max_wait_ms / 1000
        )

    def ask(self, page: Raster) -> Shared[Generated]:
        """Raises what the model raises on this page alone."""
        return self._batcher(page)

    def _read(self, pages: Sequence[Raster]) -> list[Generated]:
        return self._generate(pages, max_new_tokens=self._settings.max_new_tokens)

    def _generate(self, pages: Sequence[Raster], *, max_new_tokens: int) -> list[Generated]:
        inputs = self._question.inputs(self._checkpoint.processor, [picture(page) for page in pages])
        return generate(
            self._checkpoint,
            inputs,
            max_new_tokens=max_new_tokens,
            end=self._question.end,
            marks=self._question.marks,
        )


def picture(page: Raster) -> Any:
    """The page as processors take it: a PIL image in colours. Nothing is parsed here: it is pixels already."""
    from PIL import Image  # noqa: PLC0415  # transformers brings it, and nothing else of an engine needs it

    return Image.frombytes("L", (page.width, page.height), page.pixels).convert("RGB")
