"""What one engine read on one page, in one shape for all engines. What an engine cannot tell is absent.

All places are pixels of the page as it was rendered, `width` by `height`, whatever was done to it before it was read.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from events.event import Confidence, Engine, Language
from events.page import NonNegative, Seconds

#: Left, top, right, bottom; right and bottom lie outside.
Box = tuple[int, int, int, int]
Point = tuple[int, int]
#: Four corners of what is written, clockwise from the top left as it is read.
Polygon = tuple[Point, Point, Point, Point]
Positive = Annotated[int, Field(ge=1)]
#: a, b, c, d, e, f: x = a x' + b y' + c and y = d x' + e y' + f.
Affine = tuple[float, float, float, float, float, float]


def printable(text: str) -> str:
    """Without control characters and lone surrogates: no page shows them, PostgreSQL and UTF-8 refuse them."""
    if text.replace("\n", "").isprintable():  # nearly all is, and this is much faster
        return text
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cs") or c in "\n\t" else _blank(c) for c in text)


def _blank(control: str) -> str:
    return " " if control.isspace() else ""


Text = Annotated[str, BeforeValidator(printable)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Word(_Part):
    """A word as the engine read it. The polygon is there where the box says too little: on what is not level."""

    text: Text
    box: Box
    confidence: Confidence | None = None
    polygon: Polygon | None = None


class Line(_Part):
    """A line of words, in reading order."""

    text: Text
    box: Box
    confidence: Confidence | None = None
    polygon: Polygon | None = None
    words: tuple[Word, ...] = ()


class Kind(StrEnum):
    """What a block is."""

    TEXT = "text"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    FORMULA = "formula"
    PICTURE = "picture"
    CAPTION = "caption"
    HEADER = "header"
    FOOTER = "footer"


class Cell(_Part):
    """A table's cell: its row and column from 0, and how many it spans."""

    row: Annotated[int, Field(ge=0)]
    column: Annotated[int, Field(ge=0)]
    rows: Positive = 1
    columns: Positive = 1
    text: Text
    box: Box | None = None


class Block(_Part):
    """A paragraph, a table, a picture: what belongs together. `lines` are indexes into the reading's lines."""

    kind: Kind = Kind.TEXT
    text: Text
    box: Box | None = None
    polygon: Polygon | None = None
    confidence: Confidence | None = None
    lines: tuple[Annotated[int, Field(ge=0)], ...] = ()
    cells: tuple[Cell, ...] = ()


class Preparation(_Part):
    """What was done to a page before it was read: the steps in words, and how its pixels lie on the page's."""

    steps: tuple[str, ...]
    to_page: Affine


class Disagreement(_Part):
    """Where two engines read differently: what each read, by its name, what was taken, and why.

    Nothing where a word was not read, or left out. `line` is an index into the reading's lines.
    """

    read: Mapping[Engine, Text]
    taken: Text
    why: str
    line: Annotated[int, Field(ge=0)] | None = None
    box: Box | None = None


class Reading(_Part):
    """Everything that an engine has to say about a page. `text` is NFC and in reading order, as blocks and lines are.

    `confidence` is the share of characters expected to be right; `signals` are what it was estimated from. `seconds`
    were spent in the engine; `timings` say on what, in seconds by the name of the step. What is made of several
    readings has the versions of their engines in `made_of`, by their names, and the first of their `disagreements`.
    """

    engine: Engine
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
    made_of: Mapping[Engine, str] = Field(default_factory=dict)
    disagreements: tuple[Disagreement, ...] = ()

    def inline(self, limit: int) -> str | None:
        """The text as an event may carry it: None when its UTF-8 has more than `limit` bytes, and always for 0."""
        return self.text if limit and len(self.text.encode()) <= limit else None

    def told(self, limit: int) -> dict[str, Any]:
        """The fields of a recognized page that come from its reading; the text as `inline` gives it."""
        return {
            "engine": self.engine,
            "engine_version": self.engine_version,
            "languages": self.languages,
            "text": self.inline(limit),
            "confidence": self.confidence,
        }

    def cost(self, since: datetime, now: datetime, spent: Mapping[str, float], starting: float = 0.0) -> Seconds:
        """A page's, asked for at `since` and taken up at `now`. What the engines of this reading spent is its own."""
        counted = {self.engine, *self.made_of}
        others = {engine: seconds for engine, seconds in spent.items() if engine not in counted}
        waiting = max(0.0, (now - since).total_seconds())
        return Seconds(waiting=waiting, starting=starting, reading=self.seconds, others=others)
