"""GOT-OCR 2.0 by transformers: plain text, or Mathpix Markdown and the text in it. It says nothing of places."""

from functools import partial
from typing import Any, ClassVar

from functions.engine.models.answers import Content
from functions.engine.models.checkpoint import name
from functions.engine.models.pages import PageModel, Question
from functions.engine.reader import Raster, Reading
from functions.gotocr.mathpix import plain
from functions.gotocr.settings import GotOcrSettings

#: Its vision encoder makes one token of so many pixels a side: patches of 16, and twice half of that.
_PIXELS_PER_TOKEN = 64


class GotOcr:
    """One model per process; threads that read at the same time share its passes."""

    name: ClassVar[str] = "gotocr"

    def __init__(self, settings: GotOcrSettings) -> None:
        self.version = f"{name(settings)}-{settings.got_output}"
        self.languages = frozenset(settings.languages.split("+"))
        self._model = PageModel(settings, {"got_ocr2": question(formatted=settings.got_output == "formatted")})

    def load(self) -> None:
        """Seconds to minutes: torch, transformers, the weights, and a first pass."""
        self._model.load()

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        """Raises what the model raises; other pages of the same pass are not touched by that."""
        return self._model.read((self.name, self.version), image, languages)


def question(*, formatted: bool) -> Question:
    """How GOT is asked for the one or the other."""
    content = _formatted if formatted else _plain
    # Its encoder takes over two gigabytes for a page: those of a batch of eight would need a GPU of 24.
    return Question(partial(_inputs, formatted=formatted), content, end="<|im_end|>", singly=True)


def _plain(written: str, _: Raster) -> Content:
    return Content(written.strip())


def _formatted(written: str, _: Raster) -> Content:
    return Content(plain(written), markdown=written.strip())


def _inputs(processor: Any, pictures: list[Any], *, formatted: bool) -> Any:
    # The processor would count on pictures of 1024 pixels, whatever its own size.
    tokens = (processor.image_processor.size["height"] // _PIXELS_PER_TOKEN) ** 2
    return processor(images=pictures, return_tensors="pt", padding=True, format=formatted, num_image_tokens=tokens)
