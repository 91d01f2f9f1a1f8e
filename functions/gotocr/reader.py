"""Reader of pages with GOT-OCR 2.0: plain text, or Mathpix Markdown and its text. Readings have no boxes."""

from functools import partial
from typing import Any, ClassVar

from functions.engine.models.checkpoint import build_model_version
from functions.engine.models.page_model import ModelAdapter, PageContent, PageModel
from functions.engine.reader import Raster, Reading
from functions.gotocr.mathpix import extract_text
from functions.gotocr.settings import GotOcrSettings

#: The side of the square of pixels that becomes one token. The vision encoder has patches of 16 x 16 pixels, and then
#: halves the number of patches per side twice.
_PIXELS_PER_TOKEN = 64


class GotOcr:
    """The GOT-OCR engine. Threads that read at the same time share forward passes of one model."""

    name: ClassVar[str] = "gotocr"

    def __init__(self, settings: GotOcrSettings) -> None:
        self.version = f"{build_model_version(settings)}-{settings.got_output}"
        self.languages = frozenset(settings.languages.split("+"))
        is_formatted = settings.got_output == "formatted"
        self._model = PageModel(settings, {"got_ocr2": build_adapter(formatted=is_formatted)})

    def load(self) -> None:
        """Load torch, transformers and the weights, and run a first forward pass. This takes seconds to minutes."""
        self._model.load()

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page. Raise the model's exception if a pass with this page alone fails."""
        return self._model.read((self.name, self.version), image, languages)


def build_adapter(*, formatted: bool) -> ModelAdapter:
    """Return the adapter for GOT's plain output, or for its formatted output if `formatted` is set."""
    parse = _parse_formatted if formatted else _parse_plain
    # Pages are encoded singly, because the encoder would need 24 GB for a batch of eight.
    return ModelAdapter(
        partial(_prepare_inputs, formatted=formatted), parse, end_of_text="<|im_end|>", encode_singly=True
    )


def _parse_plain(output: str, _: Raster) -> PageContent:
    return PageContent(output.strip())


def _parse_formatted(output: str, _: Raster) -> PageContent:
    return PageContent(extract_text(output), markdown=output.strip())


def _prepare_inputs(processor: Any, images: list[Any], *, formatted: bool) -> Any:
    # Without `num_image_tokens`, the processor assumes images of 1024 pixels, even if its configured size is different.
    token_count = (processor.image_processor.size["height"] // _PIXELS_PER_TOKEN) ** 2
    return processor(images=images, return_tensors="pt", padding=True, format=formatted, num_image_tokens=token_count)
