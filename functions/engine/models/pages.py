"""A model that is asked one question about every page: loaded once, batched, and its answers as readings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from functions.engine.models import checkpoint
from functions.engine.models.batching import Batcher, Shared
from functions.engine.models.generation import Generated, generate
from functions.engine.models.settings import ModelSettings
from functions.engine.reader import Raster
from functions.runtime.errors import Unstartable

#: Seen once while loading, so that the first real page does not wait for what torch prepares at its first pass.
_BLANK = Raster(b"\xff" * 64 * 64, 64, 64, 72)


class Question(NamedTuple):
    """How a model is asked: `inputs` makes tensors of its processor and pictures; the rest is generate's."""

    inputs: Callable[[Any, list[Any]], Any]
    end: str | None = None
    marks: bool = False


class PageModel:
    """Answers pages to several threads at a time, which share passes. `load` comes before the first page.

    `questions` are by the model type of a checkpoint's configuration: an engine reads with these and no others.
    """

    def __init__(self, settings: ModelSettings, questions: Mapping[str, Question]) -> None:
        self._settings, self._questions = settings, questions

    def load(self) -> None:
        """Raises Unstartable, and what torch raises."""
        self._checkpoint = checkpoint.load(self._settings)
        self._question = self._asked(self._checkpoint.model.config.model_type)
        self._generate([_BLANK], max_new_tokens=1)
        self._batcher = Batcher(
            self._read, size=self._settings.max_batch_size, wait_seconds=self._settings.max_wait_ms / 1000
        )

    def ask(self, page: Raster) -> Shared[Generated]:
        """Raises what the model raises on this page alone."""
        return self._batcher(page)

    def _asked(self, model_type: str) -> Question:
        if model_type in self._questions:
            return self._questions[model_type]
        where = "MODEL_DIR" if self._settings.model_dir else "MODEL_ID"
        raise Unstartable(f"{where}: a model of type {model_type} is there; wanted: {', '.join(self._questions)}.")

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
    from PIL import Image  # noqa: PLC0415  # transformers needs it, and other engines do not

    return Image.frombytes("L", (page.width, page.height), page.pixels).convert("RGB")
