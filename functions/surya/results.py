"""Build a reading from the blocks and lines of a page, and its confidence from the responses of the model."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from functions.engine.models.page_model import EngineId
from functions.engine.reader import Raster, Reading, estimate_no_text_confidence
from functions.reading.reading import Block, Line
from functions.surya.inference import ModelResponse


class RecognizedPage(NamedTuple):
    """The content of a page, the responses that it comes from, and the seconds by step."""

    blocks: Sequence[Block]
    lines: Sequence[Line]
    markdown: str
    responses: Sequence[ModelResponse]
    timings: Mapping[str, float]


def build_reading(engine: EngineId, languages: tuple[str, ...], image: Raster, page: RecognizedPage) -> Reading:
    """Return the reading of a page by this engine."""
    return Reading(
        engine=engine[0],
        engine_version=engine[1],
        languages=languages,
        text="\n\n".join(block.text for block in page.blocks if block.text),
        confidence=compute_confidence(page.blocks, page.responses, image),
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        markdown=page.markdown,
        blocks=tuple(page.blocks),
        lines=tuple(page.lines),
        signals=compute_signals(page.responses),
        seconds=sum(page.timings.values()),
        timings=page.timings,
    )


def compute_confidence(blocks: Sequence[Block], responses: Sequence[ModelResponse], image: Raster) -> float:
    """Return the mean confidence of the blocks, weighted by characters.

    It is 0 if a response has no probability, because some endpoints return none.
    """
    confidences = [response.confidence for response in responses]
    if any(confidence is None for confidence in confidences):
        return 0.0
    if not blocks:
        return estimate_no_text_confidence(image)
    read = [(block.confidence, len(block.text)) for block in blocks if block.text and block.confidence is not None]
    if not read:  # the page has pictures only
        return min(confidence for confidence in confidences if confidence is not None)
    return sum(confidence * length for confidence, length in read) / sum(length for _, length in read)


def compute_signals(responses: Sequence[ModelResponse]) -> dict[str, float]:
    """Return the signals of the reading over all responses. Signals that an endpoint does not return are absent."""
    signals = {
        "token_probability": _compute_mean([(response.probability, response.token_count) for response in responses]),
        "unsure_tokens": _compute_mean([(response.uncertain_share, response.token_count) for response in responses]),
        "tokens": float(sum(response.token_count for response in responses)),
        "cut_off": float(any(response.is_cut_off for response in responses)),
    }
    return {name: value for name, value in signals.items() if value is not None}


def _compute_mean(shares: Sequence[tuple[float | None, int]]) -> float | None:
    """Return the mean weighted by tokens, or None if a share is unknown."""
    known = [(share, tokens) for share, tokens in shares if share is not None and tokens]
    if len(known) < len(shares) or not known:
        return None
    return sum(share * tokens for share, tokens in known) / sum(tokens for _, tokens in known)
