"""What a model wrote of a page, as a reading."""

import unicodedata
from typing import NamedTuple

from functions.engine.models.batching import Shared
from functions.engine.models.generation import Generated
from functions.engine.models.marks import unmarked
from functions.engine.reader import Raster, Reading, confidence_in_no_text
from functions.reading.reading import Block


class Content(NamedTuple):
    """What was written, taken apart; absent is what the model does not say."""

    text: str
    markdown: str | None = None
    blocks: tuple[Block, ...] = ()


def reading(
    engine: tuple[str, str], languages: tuple[str, ...], image: Raster, answer: Shared[Generated], content: Content
) -> Reading:
    """By this engine and version. Its timings are `wait`, for others to share the pass, and `generate`, the pass."""
    written, content = answer.output, _unmarked(content)
    empty = not (content.text or content.blocks or written.cut)
    return Reading(
        engine=engine[0],
        engine_version=engine[1],
        languages=languages,
        text=unicodedata.normalize("NFC", content.text),
        confidence=confidence_in_no_text(image) if empty else written.confidence,
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        markdown=content.markdown,
        blocks=content.blocks,
        signals=written.signals,
        seconds=answer.wait + answer.seconds,
        timings={"wait": answer.wait, "generate": answer.seconds},
    )


def _unmarked(content: Content) -> Content:
    return Content(
        unmarked(content.text),
        None if content.markdown is None else unmarked(content.markdown),
        tuple(_block(block) for block in content.blocks),
    )


def _block(block: Block) -> Block:
    cells = tuple(cell.model_copy(update={"text": unmarked(cell.text)}) for cell in block.cells)
    return block.model_copy(update={"text": unmarked(block.text), "cells": cells})
