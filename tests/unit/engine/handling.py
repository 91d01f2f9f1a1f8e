"""Engines that are asked for pages, and what they say."""

from datetime import timedelta

from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested, ReadingRef
from functions.engine.handler import handle
from functions.reading.reading import Reading
from functions.reading.store import Readings
from tests.unit.engine.engine_fakes import NOW, BusyStorage, FakePages, FakeReader, request


class Engine:
    """A handler with everything that it needs."""

    def __init__(self, reader: FakeReader | None = None, pages: FakePages | None = None) -> None:
        self.storage = BusyStorage()
        self.reader, self.pages = reader or FakeReader(), pages or FakePages()
        self.readings = Readings(self.storage, "pagebus-results")

    def __call__(self, wanted: PageRequested, *, inline: int = 32_768, late: float = 4) -> Event:
        (said,) = handle(
            wanted,
            reader=self.reader,
            pages=self.pages.typed(),
            readings=self.readings,
            inline_text_bytes=inline,
            now=lambda: NOW + timedelta(seconds=late),
        )
        return said

    def earlier(self, found: Reading) -> ReadingRef:
        """Have another engine's reading kept already."""
        self.readings.keep(request(), found)
        return self.readings.reference(request(), found)


class Rapidocr(FakeReader):
    """The second on the route."""

    name = "rapidocr"


def recognized(said: Event) -> PageRecognized:
    assert isinstance(said, PageRecognized)
    return said


def passed_on(said: Event) -> PageRequested:
    assert isinstance(said, PageRequested)
    return said


def failed(said: Event) -> PageFailed:
    assert isinstance(said, PageFailed)
    return said


def beside(engine: Engine, reader: FakeReader) -> Engine:
    """Another engine, or another replica, which finds the same readings."""
    other = Engine(reader)
    other.storage.objects = engine.storage.objects
    other.readings = Readings(other.storage, "pagebus-results")
    return other
