"""Construction of a reading from blocks and lines, with a confidence from the probabilities of the model."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from functions.engine.models.page_model import EngineId
from functions.engine.reader import Raster, Reading, estimate_no_text_confidence
from functions.reading.reading import Block, Line
from functions.surya.inference import ModelResponse


class RecognizedPage(NamedTuple):
    """The content of a page, the responses of the model, and the seconds of each step (`timings`)."""

    blocks: Sequence[Block]
    lines: Sequence[Line]
    markdown: str
    responses: Sequence[ModelResponse]
    timings: Mapping[str, float]


def build_reading(engine: EngineId, languages: tuple[str, ...], image: Raster, page: RecognizedPage) -> Reading:
    """Return the reading of a page. `engine` is the name and the version of the engine."""
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

    Return 0 if a response has no probability; some endpoints send no probabilities. For a page without blocks, return a
    high confidence only if the page has hardly any ink. For a page with pictures only, return the lowest confidence of
    the responses.
    """
    confidences = [response.confidence for response in responses]
    if any(confidence is None for confidence in confidences):
        return 0.0
    if not blocks:
        return estimate_no_text_confidence(image)
    weighted_confidences = [
        (block.confidence, len(block.text)) for block in blocks if block.text and block.confidence is not None
    ]
    if not weighted_confidences:  # the page has pictures only
        return min(confidence for confidence in confidences if confidence is not None)
    return sum(confidence * length for confidence, length in weighted_confidences) / sum(
        length for _, length in weighted_confidences
    )


def compute_signals(responses: Sequence[ModelResponse]) -> dict[str, float]:
    """Return the signals of the reading over all responses. Signals that need missing probabilities are absent."""
    signals = {
        "token_probability": _compute_mean([(response.probability, response.token_count) for response in responses]),
        "unsure_tokens": _compute_mean([(response.uncertain_share, response.token_count) for response in responses]),
        "tokens": float(sum(response.token_count for response in responses)),
        "cut_off": float(any(response.is_cut_off for response in responses)),
    }
    return {name: value for name, value in signals.items() if value is not None}


def _compute_mean(shares: Sequence[tuple[float | None, int]]) -> float | None:
    """Return the mean share of pairs (share, token count), weighted by tokens.

    Return None if a response has no share or no tokens.
    """
    known_shares = [(share, tokens) for share, tokens in shares if share is not None and tokens]
    if len(known_shares) < len(shares) or not known_shares:
        return None
    return sum(share * tokens for share, tokens in known_shares) / sum(tokens for _, tokens in known_shares)
