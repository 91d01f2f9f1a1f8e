"""Read pages with a model that gets the same prompt for every page, and convert its outputs to readings."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from functions.engine.models.batching import Batcher, BatchResult
from functions.engine.models.checkpoint import load_checkpoint
from functions.engine.models.generation import GeneratedText, generate_texts
from functions.engine.models.settings import ModelSettings
from functions.engine.models.special_tokens import strip_special_tokens
from functions.engine.reader import Raster, Reading, estimate_no_text_confidence
from functions.reading.reading import Block
from functions.runtime.errors import StartupError

#: The name and the version of an engine, in this order.
EngineId = tuple[str, str]

#: A page for a first pass during loading. Torch is slow in its first pass, which would delay the first real page.
_BLANK_PAGE = Raster(b"\xff" * 64 * 64, 64, 64, 72)


class PageContent(NamedTuple):
    """The parsed output of a model for one page. Markdown is None if the model writes plain text only."""

    text: str
    markdown: str | None = None
    blocks: tuple[Block, ...] = ()


class ModelAdapter(NamedTuple):
    """The functions and options that differ between models.

    `prepare_inputs` gets a processor and images, and returns the input tensors with the prompt. `parse_output` parses
    the text of one page. The other fields are parameters of `generate_texts`. `encode_singly` is for encoders that need
    much memory per page.
    """

    prepare_inputs: Callable[[Any, list[Any]], Any]
    parse_output: Callable[[str, Raster], PageContent]
    end_of_text: str | None = None
    keep_special_tokens: bool = False
    encode_singly: bool = False


class PageModel:
    """A model that reads pages of several threads in one forward pass. Call `load` before the first page.

    `adapters` has an adapter for each supported `model_type` of a checkpoint's configuration.
    """

    def __init__(self, settings: ModelSettings, adapters: Mapping[str, ModelAdapter]) -> None:
        self._settings, self._adapters = settings, adapters

    def load(self) -> None:
        """Load the model and run a first pass.

        Raise StartupError if the model or device is missing or unsupported. Exceptions of torch pass through.
        """
        self._checkpoint = load_checkpoint(self._settings)
        self._adapter = self._select_adapter(self._checkpoint.model.config.model_type)
        self._generate([_BLANK_PAGE], max_new_tokens=1)
        self._batcher = Batcher(
            self._read_batch, size=self._settings.max_batch_size, wait_seconds=self._settings.max_wait_ms / 1000
        )

    def read(self, engine: EngineId, page: Raster, languages: tuple[str, ...]) -> Reading:
        """Return the reading of a page. Raise the exception that the model raises for this page alone."""
        result = self._batcher(page)
        content = self._adapter.parse_output(result.output.text, page)
        return build_reading(engine, languages, page, result, content)

    def _select_adapter(self, model_type: str) -> ModelAdapter:
        if model_type in self._adapters:
            return self._adapters[model_type]
        variable = "MODEL_DIR" if self._settings.model_dir else "MODEL_ID"
        raise StartupError(
            f"{variable}: the model is of type {model_type}. Set it to a model of type {' or '.join(self._adapters)}."
        )

    def _read_batch(self, pages: Sequence[Raster]) -> list[GeneratedText]:
        return self._generate(pages, max_new_tokens=self._settings.max_new_tokens)

    def _generate(self, pages: Sequence[Raster], *, max_new_tokens: int) -> list[GeneratedText]:
        inputs = self._adapter.prepare_inputs(self._checkpoint.processor, [to_rgb_image(page) for page in pages])
        return generate_texts(
            self._checkpoint,
            inputs,
            max_new_tokens=max_new_tokens,
            max_seconds=self._settings.pass_seconds,
            end_of_text=self._adapter.end_of_text,
            keep_special_tokens=self._adapter.keep_special_tokens,
            encode_singly=self._adapter.encode_singly,
        )


def to_rgb_image(page: Raster) -> Any:
    """Return the page as a PIL image in RGB, as processors expect it. The page has pixels, so no file is parsed."""
    from PIL import Image  # noqa: PLC0415  # a dependency of transformers, which other engines do not have

    return Image.frombytes("L", (page.width, page.height), page.pixels).convert("RGB")


def build_reading(
    engine: EngineId,
    languages: tuple[str, ...],
    page: Raster,
    result: BatchResult[GeneratedText],
    content: PageContent,
) -> Reading:
    """Return the reading of a page, without special tokens.

    Its timings are `wait`, the seconds until the pass started, and `generate`, the seconds of the pass.
    """
    generated, content = result.output, _clean_content(content)
    is_empty = not (content.text or content.blocks or generated.is_cut_off)
    return Reading(
        engine=engine[0],
        engine_version=engine[1],
        languages=languages,
        text=unicodedata.normalize("NFC", content.text),
        confidence=estimate_no_text_confidence(page) if is_empty else generated.confidence,
        width=page.width,
        height=page.height,
        dpi=page.dpi,
        markdown=content.markdown,
        blocks=content.blocks,
        signals=generated.signals,
        seconds=result.wait_seconds + result.pass_seconds,
        timings={"wait": result.wait_seconds, "generate": result.pass_seconds},
    )


def _clean_content(content: PageContent) -> PageContent:
    return PageContent(
        strip_special_tokens(content.text),
        None if content.markdown is None else strip_special_tokens(content.markdown),
        tuple(_clean_block(block) for block in content.blocks),
    )


def _clean_block(block: Block) -> Block:
    cells = tuple(cell.model_copy(update={"text": strip_special_tokens(cell.text)}) for cell in block.cells)
    return block.model_copy(update={"text": strip_special_tokens(block.text), "cells": cells})
