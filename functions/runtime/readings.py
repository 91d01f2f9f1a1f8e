"""Readings: what one engine read on one page, kept once in the results bucket and found again by everyone."""

import unicodedata
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from events.errors import InvalidEvent
from events.event import Confidence, Engine, Language
from events.page import NonNegative, PageRequested, ReadingRef
from functions.runtime.storage import Storage, dataref, object_of
from functions.runtime.telemetry.spans import span

_JSON = "application/json"
#: Left, top, right, bottom in pixels of the reading's `width` by `height`; right and bottom lie outside.
Box = tuple[int, int, int, int]
Positive = Annotated[int, Field(ge=1)]


def printable(text: str) -> str:
    """Without control characters and lone surrogates: no page shows them, PostgreSQL and UTF-8 refuse them."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cs") or c in "\n\t" else _blank(c) for c in text)


def _blank(control: str) -> str:
    return " " if control.isspace() else ""


Text = Annotated[str, BeforeValidator(printable)]


class Word(BaseModel):
    """A word as the engine read it."""

    model_config = ConfigDict(frozen=True)

    text: Text
    box: Box
    confidence: Confidence


class Line(BaseModel):
    """A line of words, in reading order."""

    model_config = ConfigDict(frozen=True)

    text: Text
    box: Box
    confidence: Confidence
    words: tuple[Word, ...] = ()


class Reading(BaseModel):
    """Everything that an engine has to say about a page. `text` is NFC, `seconds` were spent in the engine."""

    model_config = ConfigDict(frozen=True)

    engine: Engine
    engine_version: str
    languages: tuple[Language, ...]
    text: Text
    confidence: Confidence
    width: Positive
    height: Positive
    dpi: Positive
    lines: tuple[Line, ...] = ()
    seconds: NonNegative = 0.0

    def inline(self, limit: int) -> str | None:
        """The text as an event may carry it: None when its UTF-8 has more than `limit` bytes, and always for 0."""
        return self.text if limit and len(self.text.encode()) <= limit else None


@dataclass(frozen=True)
class Readings:
    """The readings of a bucket. Methods raise Unavailable."""

    storage: Storage
    bucket: str

    def find(self, request: PageRequested, engine: str, version: str) -> Reading | None:
        """What this version of the engine has read here before, in the same languages."""
        with span("find"):
            return self._get(_key(request, engine, version, request.languages))

    def keep(self, request: PageRequested, reading: Reading) -> Reading:
        """Write it, unless another replica was faster: then return that one's, so that all say the same."""
        key, body = _key(request, reading.engine, reading.engine_version, reading.languages), reading.model_dump_json()
        with span("keep"):
            if self.storage.put_new(self.bucket, key, body.encode(), _JSON):
                return reading
            kept = self._get(key)
        if kept is None:
            # Events refer to this key, so what cannot be understood must not stay there.
            self.storage.put(self.bucket, key, body.encode(), _JSON)
        return kept or reading

    def reference(self, request: PageRequested, reading: Reading) -> ReadingRef:
        """How events refer to a reading that is kept."""
        key = _key(request, reading.engine, reading.engine_version, reading.languages)
        return ReadingRef(
            engine=reading.engine,
            engine_version=reading.engine_version,
            confidence=reading.confidence,
            dataref=dataref(self.bucket, key),
        )

    def behind(self, request: PageRequested, reference: ReadingRef) -> Reading | None:
        """The reading of this very page that an event refers to. Raises InvalidEvent for any other object."""
        try:
            key = object_of(reference.dataref, bucket=self.bucket, prefix=_folder(request))
        except ValueError as error:
            raise InvalidEvent("the best reading so far is not one of this page") from error
        return self._get(key)

    def at(self, dataref: str, *, tenant: str) -> Reading | None:
        """The reading that a row refers to; None where there is none of this tenant's."""
        try:
            return self._get(object_of(dataref, bucket=self.bucket, prefix=f"readings/{tenant}/"))
        except ValueError:
            return None

    def _get(self, key: str) -> Reading | None:
        """What cannot be understood is as good as absent: it is read again, and nothing waits for it."""
        body = self.storage.get(self.bucket, key)
        try:
            return Reading.model_validate_json(body) if body is not None else None
        except ValidationError:
            return None


def _folder(request: PageRequested) -> str:
    return f"readings/{request.tenant}/{request.sha256}/{request.page}/"


def _key(request: PageRequested, engine: str, version: str, languages: tuple[str, ...]) -> str:
    # Who asks for a fresh run wants no reading of another.
    run = f"-run{request.run}" if request.run else ""
    return f"{_folder(request)}{engine}-{quote(version, safe='')}-{'+'.join(languages)}{run}.json"
