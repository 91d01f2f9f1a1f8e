"""What tells a good reading from a bad one: few numbers, from the reading and from the look of the page.

Tried on real pages and left out, as they foretold nothing more: words of a lexicon (whose loading takes half a second
and more), odd characters, the lengths of words, words of one character, dark pixels, the page's shape.
"""

from collections.abc import Iterator, Mapping
from math import sqrt

from functions.engine.preparation.look import Look
from functions.reading.reading import Reading

#: The share of strokes that lie in no line, in a reading's signals.
UNREAD_STROKES = "unread_strokes"
#: More of them say nothing more.
_MOST_RULES = 20


def seen(look: Look) -> Mapping[str, float]:
    """What is known before reading."""
    return {
        "rules": float(min(look.rules, _MOST_RULES)),
        "text_height": look.text_height,
        "contrast": look.contrast,
        "noise": look.noise,
    }


def signals(reading: Reading, look: Look) -> Mapping[str, float]:
    """What is known after reading; nothing where nothing was read, or the engine does not say how sure it is."""
    pieces = list(_pieces(reading))
    characters = sum(length for _, length in pieces)
    if not characters:
        return {}
    return {
        **seen(look),
        "sure": sum(confidence * length for confidence, length in pieces) / characters,
        # The first hundredth that is left out says more than the tenth.
        **({"unread": sqrt(reading.signals[UNREAD_STROKES])} if UNREAD_STROKES in reading.signals else {}),
    }


def _pieces(reading: Reading) -> Iterator[tuple[float, int]]:
    """Confidence and characters of what the engine judged: words, else lines."""
    for line in reading.lines:
        words = [(word.confidence, len(word.text)) for word in line.words if word.confidence is not None]
        if words:
            yield from words
        elif line.confidence is not None:
            yield line.confidence, len(line.text)
