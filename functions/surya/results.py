"""What was found on a page, as a reading, and how sure to be of it by the answers that it was made of."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from functions.engine.reader import Raster, Reading, confidence_in_no_text
from functions.reading.reading import Block, Line
from functions.surya.questions import Answer


class Content(NamedTuple):
    """What was found, what was answered for it, and the seconds by step."""

    blocks: Sequence[Block]
    lines: Sequence[Line]
    markdown: str
    answers: Sequence[Answer]
    timings: Mapping[str, float]


def reading(engine: tuple[str, str], languages: tuple[str, ...], image: Raster, content: Content) -> Reading:
    """By this engine and version."""
    return Reading(
        engine=engine[0],
        engine_version=engine[1],
        languages=languages,
        text="\n\n".join(block.text for block in content.blocks if block.text),
        confidence=confidence(content.blocks, content.answers, image),
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        markdown=content.markdown,
        blocks=tuple(content.blocks),
        lines=tuple(content.lines),
        signals=signals(content.answers),
        seconds=sum(content.timings.values()),
        timings=content.timings,
    )


def confidence(blocks: Sequence[Block], answers: Sequence[Answer], image: Raster) -> float:
    """By characters; 0 where nobody tells, as endpoints that keep their probabilities to themselves."""
    known = [answer.confidence for answer in answers]
    if any(each is None for each in known):
        return 0.0
    if not blocks:
        return confidence_in_no_text(image)
    read = [(block.confidence, len(block.text)) for block in blocks if block.text and block.confidence is not None]
    if not read:  # pictures only
        return min(each for each in known if each is not None)
    return sum(sure * length for sure, length in read) / sum(length for _, length in read)


def signals(answers: Sequence[Answer]) -> dict[str, float]:
    """What there is to judge the page by, over all its answers; what an endpoint does not tell is absent."""
    tokens = sum(answer.tokens for answer in answers)
    told = {
        "token_probability": _mean([(answer.probability, answer.tokens) for answer in answers]),
        "unsure_tokens": _mean([(answer.unsure, answer.tokens) for answer in answers]),
        "tokens": float(tokens),
        "cut_off": float(any(answer.cut for answer in answers)),
    }
    return {name: value for name, value in told.items() if value is not None}


def _mean(shares: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(share, tokens) for share, tokens in shares if share is not None and tokens]
    if len(known) < len(shares) or not known:
        return None
    return sum(share * tokens for share, tokens in known) / sum(tokens for _, tokens in known)
