"""Build the lines of typewritten pages: each letter is 10 pixels wide and 20 high, and lines are 28 pixels apart."""

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from functions.reading.layout.analysis import PageLayout, analyze_layout
from functions.reading.reading import Line, Polygon, Word

WIDTH, HEIGHT = 1240, 1754
LETTER_SIZE, LINE_DISTANCE = (10, 20), 28
Part = TypeVar("Part", Line, Word)
_TALE = (
    "Es war einmal ein Drucker der setzte jeden Tag eine Seite und legte sie am Abend in den Kasten vor der Tür "
    "damit die Leute am Morgen lesen konnten was in der Stadt geschehen war und wer etwas zu verkaufen hatte "
)


def type_line(text: str, left: int, top: int, size: int = 1) -> Line:
    """Return a line with its words. `size` multiplies the size of the letters."""
    width, height = LETTER_SIZE[0] * size, LETTER_SIZE[1] * size
    words, column = [], 0
    for word in text.split(" "):
        if word:
            start, end = left + column * width, left + (column + len(word)) * width
            words.append(Word(text=word, box=(start, top, end, top + height), confidence=0.9))
        column += len(word) + 1
    box = (words[0].box[0], top, words[-1].box[2], top + height)
    return Line(text=" ".join(text.split()), box=box, confidence=0.9, words=tuple(words))


def type_column(texts: Sequence[str], left: int, top: int, distance: int = LINE_DISTANCE) -> list[Line]:
    """Return lines below each other."""
    return [type_line(text, left, top + number * distance) for number, text in enumerate(texts)]


def make_prose(name: str, lines: int, letters: int = 40) -> list[str]:
    """Return lines of running text. Each ends with the name of its column and its number, such as A1."""
    room = letters - len(name) - 3
    wrapped = textwrap.wrap(_TALE * (1 + lines * room // len(_TALE)), room)
    return [f"{text} {name}{number}" for number, text in enumerate(wrapped[:lines], 1)]


def find_line_numbers(text: str, name: str) -> list[int]:
    """Return the numbers of a column's lines in the order of the text."""
    return [int(word[1:]) for word in text.split() if word[0] == name and word[1:].isdigit()]


def analyze_page(lines: Iterable[Line]) -> PageLayout:
    return analyze_layout(list(lines), width=WIDTH, height=HEIGHT)


def slant(lines: Iterable[Line], degrees: float) -> Iterator[Line]:
    """Yield the lines as on a slanted page: polygons are rotated around the page corner, and boxes enclose them."""
    for line in lines:
        words = tuple(_rotate(word, degrees) for word in line.words)
        yield _rotate(line, degrees).model_copy(update={"words": words})


def _rotate(part: Part, degrees: float) -> Part:
    left, top, right, bottom = part.box
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    a, b, c, d = ((round(x * cosine - y * sine), round(x * sine + y * cosine)) for x, y in corners)
    polygon: Polygon = (a, b, c, d)
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return part.model_copy(update={"polygon": polygon, "box": (min(xs), min(ys), max(xs), max(ys))})
