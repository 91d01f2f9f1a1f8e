"""DeepSeek-OCR-2 by transformers: a page as Markdown, and where its parts are. Or Janus-Pro: the text only."""

from typing import Any, ClassVar

from functions.deepseek.grounding import parsed
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.models.answers import Content
from functions.engine.models.checkpoint import name
from functions.engine.models.pages import PageModel, Question
from functions.engine.reader import Raster, Reading

#: From the model's own card.
_TO_MARKDOWN = "<|grounding|>Convert the document to markdown."
_TO_TEXT = "Read all text in the image, line by line, exactly as it is written. Answer with the text only."


class DeepSeek:
    """One model per process; threads that read at the same time share its passes."""

    name: ClassVar[str] = "deepseek"

    def __init__(self, settings: DeepSeekSettings) -> None:
        self.version = name(settings)
        self.languages = frozenset(settings.languages.split("+"))
        self._model = PageModel(settings, QUESTIONS)

    def load(self) -> None:
        """Seconds to minutes: torch, transformers, the weights, and a first pass."""
        self._model.load()

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Raises what the model raises; other pages of the same pass are not touched by that."""
        return self._model.read((self.name, self.version), image, languages)


def _to_markdown(processor: Any, pictures: list[Any]) -> Any:
    asked = f"{processor.image_token}\n{_TO_MARKDOWN}"
    return processor(images=pictures, text=[asked] * len(pictures), return_tensors="pt", padding=True)


def _to_text(processor: Any, pictures: list[Any]) -> Any:
    message = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": _TO_TEXT}]}
    asked = processor.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
    return processor(
        images=pictures, text=[asked] * len(pictures), generation_mode="text", return_tensors="pt", padding=True
    )


def _grounded(written: str, page: Raster) -> Content:
    return parsed(written, page.width, page.height)


def _text(written: str, _: Raster) -> Content:
    return Content(written.strip())


#: By the type of the model, in which nothing differs but this.
QUESTIONS = {"deepseek_ocr2": Question(_to_markdown, _grounded, marks=True), "janus": Question(_to_text, _text)}
