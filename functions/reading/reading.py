"""The result of one engine for one page, with the same fields for all engines.

Values that an engine does not provide are None or empty. All positions are pixels of the rendered page, which has
`width` by `height` pixels, even if the engine got a deskewed or scaled image.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from events.event import Confidence, EngineName, Language
from events.page import NonNegative, Seconds

#: Left, top, right and bottom of a bounding box. The right and bottom edges are exclusive.
Box = tuple[int, int, int, int]
Point = tuple[int, int]
#: The corners of a text, clockwise from its top left in reading direction.
Polygon = tuple[Point, Point, Point, Point]
Positive = Annotated[int, Field(ge=1)]
#: The coefficients a to f of an affine transform: x = a x' + b y' + c and y = d x' + e y' + f.
Affine = tuple[float, float, float, float, float, float]


def remove_unprintable(text: str) -> str:
    """Return the text without control characters and lone surrogates, which pages do not show.

    Line feeds and tabs stay. Other control characters for white space become spaces. PostgreSQL refuses NUL characters,
    and UTF-8 cannot encode lone surrogates.
    """
    if text.replace("\n", "").isprintable():  # true for most texts, and much faster
        return text
    return "".join(map(_replace_unprintable, text))


def _replace_unprintable(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cs") or character in "\n\t":
        return character
    return " " if character.isspace() else ""


Text = Annotated[str, BeforeValidator(remove_unprintable)]


class _FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True)


class Word(_FrozenModel):
    """A word as the engine read it. A rotated or slanted word has a polygon, because its box is larger than it."""

    text: Text
    box: Box
    confidence: Confidence | None = None
    polygon: Polygon | None = None


class Line(_FrozenModel):
    """A line of text. `words` are in reading order, or empty if the engine does not provide words."""

    text: Text
    box: Box
    confidence: Confidence | None = None
    polygon: Polygon | None = None
    words: tuple[Word, ...] = ()


class BlockKind(StrEnum):
    """The role of a block on a page, for example heading or table."""

    TEXT = "text"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    FORMULA = "formula"
    PICTURE = "picture"
    CAPTION = "caption"
    HEADER = "header"
    FOOTER = "footer"


class Cell(_FrozenModel):
    """A cell of a table: its first row and column, counted from 0, and the number of rows and columns that it spans."""

    row: Annotated[int, Field(ge=0)]
    column: Annotated[int, Field(ge=0)]
    rows: Positive = 1
    columns: Positive = 1
    text: Text
    box: Box | None = None


class Block(_FrozenModel):
    """A paragraph, list, table, picture or other part of a page. `lines` are indexes into the lines of the reading."""

    kind: BlockKind = BlockKind.TEXT
    text: Text
    box: Box | None = None
    polygon: Polygon | None = None
    confidence: Confidence | None = None
    lines: tuple[Annotated[int, Field(ge=0)], ...] = ()
    cells: tuple[Cell, ...] = ()


class Preparation(_FrozenModel):
    """The corrections of a page image before recognition: their names, and the transform back to the rendered page."""

    steps: tuple[str, ...]
    to_page: Affine


class Disagreement(_FrozenModel):
    """A text that two engines read differently.

    `read` has the text of each engine, `taken` the text in the result, and `why` the reason for the choice. A text is
    empty if the engine did not read the word, or if the result omits it. `line` is an index into the reading's lines.
    """

    read: Mapping[EngineName, Text]
    taken: Text
    why: str
    line: Annotated[int, Field(ge=0)] | None = None
    box: Box | None = None


class Reading(_FrozenModel):
    """The complete result of an engine for a page. `text` is NFC; text, blocks and lines are in reading order.

    `confidence` is the expected share of correct characters, estimated from `signals`. `seconds` is the time in the
    engine, and `timings` contains the seconds of each step. Only a consensus has `made_of`, which maps the name of each
    engine to its version, and `disagreements`, which contains the first disagreements of these engines.
    """

    engine: EngineName
    engine_version: str
    languages: tuple[Language, ...]
    text: Text
    confidence: Confidence
    width: Positive
    height: Positive
    dpi: Positive
    unit: Literal["pixel"] = "pixel"
    markdown: Text | None = None
    blocks: tuple[Block, ...] = ()
    lines: tuple[Line, ...] = ()
    preparation: Preparation | None = None
    signals: Mapping[str, float] = Field(default_factory=dict)
    seconds: NonNegative = 0.0
    timings: Mapping[str, NonNegative] = Field(default_factory=dict)
    made_of: Mapping[EngineName, str] = Field(default_factory=dict)
    disagreements: tuple[Disagreement, ...] = ()

    def get_inline_text(self, max_bytes: int) -> str | None:
        """Return the text if it has at most `max_bytes` bytes in UTF-8, else None. Return None if `max_bytes` is 0."""
        return self.text if max_bytes and len(self.text.encode()) <= max_bytes else None

    def as_event_fields(self, inline_text_bytes: int) -> dict[str, Any]:
        """Return fields of `page.recognized` from the reading. `text` is None if it exceeds `inline_text_bytes`."""
        return {
            "engine": self.engine,
            "engine_version": self.engine_version,
            "languages": self.languages,
            "text": self.get_inline_text(inline_text_bytes),
            "confidence": self.confidence,
        }

    def as_page_seconds(
        self, requested_at: datetime, started_at: datetime, spent: Mapping[str, float], starting: float = 0.0
    ) -> Seconds:
        """Return the times of the page in seconds. `spent` contains the seconds of each engine that tried to read it.

        The page was requested at `requested_at`, and its handling began at `started_at`. `starting` is the time to
        fetch, render and correct the page. In the result, `reading` is the time of the engines of this reading, and
        `others` has the times of all other engines.
        """
        own_engines = {self.engine, *self.made_of}
        others = {engine: seconds for engine, seconds in spent.items() if engine not in own_engines}
        waiting = max(0.0, (started_at - requested_at).total_seconds())
        return Seconds(waiting=waiting, starting=starting, reading=self.seconds, others=others)
