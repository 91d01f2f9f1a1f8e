"""Pages as a typewriter makes them: every letter is 10 pixels wide and 20 high, lines are 28 apart."""

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from functions.reading.layout.arranging import Arrangement, arrange
from functions.reading.reading import Line, Polygon, Word

WIDTH, HEIGHT = 1240, 1754
LETTER, PITCH = (10, 20), 28
Part = TypeVar("Part", Line, Word)
_TALE = (
    "Es war einmal ein Drucker der setzte jeden Tag eine Seite und legte sie am Abend in den Kasten vor der Tür "
    "damit die Leute am Morgen lesen konnten was in der Stadt geschehen war und wer etwas zu verkaufen hatte "
)


def typed(text: str, left: int, top: int, size: int = 1) -> Line:
    """A line with its words; `size` times as large."""
    width, height = LETTER[0] * size, LETTER[1] * size
    words, column = [], 0
    for word in text.split(" "):
        if word:
            start, end = left + column * width, left + (column + len(word)) * width
            words.append(Word(text=word, box=(start, top, end, top + height), confidence=0.9))
        column += len(word) + 1
    box = (words[0].box[0], top, words[-1].box[2], top + height)
    return Line(text=" ".join(text.split()), box=box, confidence=0.9, words=tuple(words))


def column(lines: Sequence[str], left: int, top: int, pitch: int = PITCH) -> list[Line]:
    """Lines below each other."""
    return [typed(text, left, top + number * pitch) for number, text in enumerate(lines)]


def prose(name: str, lines: int, letters: int = 40) -> list[str]:
    """So many lines of running text; each ends with its column's name and its number, to be told apart."""
    room = letters - len(name) - 3
    wrapped = textwrap.wrap(_TALE * (1 + lines * room // len(_TALE)), room)
    return [f"{text} {name}{number}" for number, text in enumerate(wrapped[:lines], 1)]


def numbers(text: str, name: str) -> list[int]:
    """The lines of a column in the order in which they come."""
    return [int(word[1:]) for word in text.split() if word[0] == name and word[1:].isdigit()]


def read(lines: Iterable[Line]) -> Arrangement:
    return arrange(list(lines), width=WIDTH, height=HEIGHT)


def slanted(lines: Iterable[Line], degrees: float) -> Iterator[Line]:
    """As on a page that lies aslant: the corners are turned about the page's own, the boxes stand around them."""
    for line in lines:
        yield _turned(line, degrees).model_copy(update={"words": tuple(_turned(word, degrees) for word in line.words)})


def _turned(part: Part, degrees: float) -> Part:
    left, top, right, bottom = part.box
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    a, b, c, d = ((round(x * cosine - y * sine), round(x * sine + y * cosine)) for x, y in corners)
    polygon: Polygon = (a, b, c, d)
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return part.model_copy(update={"polygon": polygon, "box": (min(xs), min(ys), max(xs), max(ys))})
