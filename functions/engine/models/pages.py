"""A model that is asked one question about every page: loaded once, batched, and its answers as readings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from functions.engine.models import checkpoint
from functions.engine.models.answers import Content, reading
from functions.engine.models.batching import Batcher
from functions.engine.models.generation import Generated, generate
from functions.engine.models.settings import ModelSettings
from functions.engine.reader import Raster, Reading
from functions.runtime.errors import Unstartable

#: Seen once while loading, so that the first real page does not wait for what torch prepares at its first pass.
_BLANK = Raster(b"\xff" * 64 * 64, 64, 64, 72)


class Question(NamedTuple):
    """How a model is asked, and understood; the rest is generate's.

    `inputs` makes tensors of its processor and pictures, `content` takes what it wrote of a page apart. `singly`: its
    encoder needs so much memory that it sees the pages of a pass one after the other.
    """

    inputs: Callable[[Any, list[Any]], Any]
    content: Callable[[str, Raster], Content]
    end: str | None = None
    marks: bool = False
    singly: bool = False


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

    def read(self, engine: tuple[str, str], page: Raster, languages: tuple[str, ...]) -> Reading:
        """By this engine and version. Raises what the model raises on this page alone."""
        answer = self._batcher(page)
        return reading(engine, languages, page, answer, self._question.content(answer.output.text, page))

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
            max_seconds=self._settings.pass_seconds,
            end=self._question.end,
            marks=self._question.marks,
            singly=self._question.singly,
        )


def picture(page: Raster) -> Any:
    """The page as processors take it: a PIL image in colours. Nothing is parsed here: it is pixels already."""
    from PIL import Image  # noqa: PLC0415  # transformers needs it, and other engines do not

    return Image.frombytes("L", (page.width, page.height), page.pixels).convert("RGB")
