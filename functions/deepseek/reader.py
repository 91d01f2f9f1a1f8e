"""Reader of pages with DeepSeek-OCR-2 (Markdown and boxes) or Janus-Pro (text only), on the library transformers."""

from typing import Any, ClassVar

from functions.deepseek.grounding import parse_output
from functions.deepseek.settings import DeepSeekSettings
from functions.engine.models.checkpoint import build_model_version
from functions.engine.models.page_model import ModelAdapter, PageContent, PageModel
from functions.engine.reader import Raster, Reading

#: This prompt is from the model card of DeepSeek-OCR-2.
_MARKDOWN_PROMPT = "<|grounding|>Convert the document to markdown."
_TEXT_PROMPT = "Read all text in the image, line by line, exactly as it is written. Answer with the text only."


class DeepSeek:
    """The DeepSeek engine. Threads that read at the same time share forward passes of one model."""

    name: ClassVar[str] = "deepseek"

    def __init__(self, settings: DeepSeekSettings) -> None:
        self.version = build_model_version(settings)
        self.languages = frozenset(settings.languages.split("+"))
        self._model = PageModel(settings, ADAPTERS)

    def load(self) -> None:
        """Load torch, transformers and the weights, and run a first forward pass. This takes seconds to minutes."""
        self._model.load()

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page. Raise the model's exception if a pass with this page alone fails."""
        return self._model.read((self.name, self.version), image, languages)


def _prepare_deepseek(processor: Any, images: list[Any]) -> Any:
    prompt = f"{processor.image_token}\n{_MARKDOWN_PROMPT}"
    return processor(images=images, text=[prompt] * len(images), return_tensors="pt", padding=True)


def _prepare_janus(processor: Any, images: list[Any]) -> Any:
    message = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": _TEXT_PROMPT}]}
    prompt = processor.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
    return processor(
        images=images, text=[prompt] * len(images), generation_mode="text", return_tensors="pt", padding=True
    )


def _parse_deepseek(output: str, page: Raster) -> PageContent:
    return parse_output(output, page.width, page.height)


def _parse_janus(output: str, _: Raster) -> PageContent:
    return PageContent(output.strip())


#: The adapters by the `model_type` of the checkpoint. The models need different code only for prompts and outputs.
ADAPTERS = {
    "deepseek_ocr2": ModelAdapter(_prepare_deepseek, _parse_deepseek, keep_special_tokens=True),
    "janus": ModelAdapter(_prepare_janus, _parse_janus),
}
