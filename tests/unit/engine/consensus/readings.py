"""Readings as two engines would give them of one page."""

from collections.abc import Collection

from functions.engine.consensus.adjudication import Known
from functions.engine.consensus.consensus import consensus
from functions.reading.reading import Disagreement, Line, Reading, Word


def knowing(*words: str) -> Known:
    """A lexicon of these words, which passes over capitals as real ones do."""
    lower = {word.lower() for word in words}
    return lambda word: word.lower() in lower


NOTHING = knowing()


def reading(text: str, confidence: float = 0.9, engine: str = "tesseract") -> Reading:
    """One without places."""
    return Reading(
        engine=engine,
        engine_version="1",
        languages=("deu",),
        text=text,
        confidence=confidence,
        width=1000,
        height=1000,
        dpi=100,
    )


def rapid(text: str, confidence: float = 0.8) -> Reading:
    return reading(text, confidence, "rapidocr")


def line(y: int, *words: tuple[str, int, float]) -> Line:
    """Words of 20 pixels a letter, each with where it begins and how sure it is."""
    made = tuple(Word(text=text, box=(x, y, x + 20 * len(text), y + 30), confidence=sure) for text, x, sure in words)
    box = (made[0].box[0], y, made[-1].box[2], y + 30)
    return Line(text=" ".join(word.text for word in made), box=box, confidence=0.9, words=made)


def placed(*lines: Line, confidence: float = 0.9, engine: str = "tesseract") -> Reading:
    """One whose words have places."""
    text = "\n".join(one.text for one in lines)
    return reading(text, confidence, engine).model_copy(update={"lines": lines})


def rapid_placed(*lines: Line, confidence: float = 0.8) -> Reading:
    return placed(*lines, confidence=confidence, engine="rapidocr")


def only(found: Reading) -> Disagreement:
    [one] = found.disagreements
    return one


def decided(first: str, second: str, known: Known = NOTHING) -> tuple[str, str]:
    """What stands of two variants of a word, the first by the surer engine, and why."""
    found = consensus(reading(first), rapid(second), known)
    return found.text, only(found).why


def texts(lines: Collection[Line]) -> list[str]:
    return [one.text for one in lines]
