"""Readings of one page by two engines."""

from collections.abc import Collection

from functions.engine.consensus.merging import merge_readings
from functions.engine.consensus.word_variants import IsKnownWord
from functions.reading.reading import Disagreement, Line, Reading, Word


def make_word_check(*words: str) -> IsKnownWord:
    """Return a lexicon of these words. It ignores case, as the real one does."""
    lower = {word.lower() for word in words}
    return lambda word: word.lower() in lower


EMPTY_LEXICON = make_word_check()


def make_text_reading(text: str, confidence: float = 0.9, engine: str = "tesseract") -> Reading:
    """Return a reading without lines."""
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


def make_rapidocr_text_reading(text: str, confidence: float = 0.8) -> Reading:
    return make_text_reading(text, confidence, "rapidocr")


def make_line(y: int, *words: tuple[str, int, float]) -> Line:
    """Return a line of words. Each is a text, its left edge and its confidence; a letter is 20 pixels wide."""
    parsed = tuple(
        Word(text=text, box=(x, y, x + 20 * len(text), y + 30), confidence=confidence) for text, x, confidence in words
    )
    box = (parsed[0].box[0], y, parsed[-1].box[2], y + 30)
    return Line(text=" ".join(word.text for word in parsed), box=box, confidence=0.9, words=parsed)


def make_positioned_reading(*lines: Line, confidence: float = 0.9, engine: str = "tesseract") -> Reading:
    """Return a reading whose words have positions."""
    text = "\n".join(line.text for line in lines)
    return make_text_reading(text, confidence, engine).model_copy(update={"lines": lines})


def make_rapidocr_reading(*lines: Line, confidence: float = 0.8) -> Reading:
    return make_positioned_reading(*lines, confidence=confidence, engine="rapidocr")


def get_only_disagreement(reading: Reading) -> Disagreement:
    [disagreement] = reading.disagreements
    return disagreement


def merge_words(first: str, second: str, known: IsKnownWord = EMPTY_LEXICON) -> tuple[str, str]:
    """Return the text taken of two variants of a word, and the reason. The first engine has the higher confidence."""
    reading = merge_readings(make_text_reading(first), make_rapidocr_text_reading(second), known)
    return reading.text, get_only_disagreement(reading).why


def list_texts(lines: Collection[Line]) -> list[str]:
    return [line.text for line in lines]
