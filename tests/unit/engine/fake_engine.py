"""A fake engine that handles page requests, and helpers for the events that it returns."""

from datetime import timedelta

from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested, ReadingRef
from functions.engine.engine import Engine
from functions.engine.handler import handle_page_request
from functions.reading.reading import Reading
from functions.reading.store import ReadingStore
from tests.unit.engine.engine_fakes import NOW, FakePageSource, FakeReader, HookedStorage, make_request


class FakeEngine:
    """A handler of page requests with fake storage, pages and reader. A call returns its only event."""

    def __init__(self, reader: FakeReader | None = None, pages: FakePageSource | None = None) -> None:
        self.storage = HookedStorage()
        self.reader, self.pages = reader or FakeReader(), pages or FakePageSource()
        self.readings = ReadingStore(self.storage, "pagebus-results")

    def __call__(self, request: PageRequested, *, inline_text_bytes: int = 32_768, seconds_late: float = 4) -> Event:
        (event,) = handle_page_request(
            request,
            engine=Engine.from_reader(self.reader, self.pages.as_page_source()),
            readings=self.readings,
            inline_text_bytes=inline_text_bytes,
            now=lambda: NOW + timedelta(seconds=seconds_late),
        )
        return event

    def store_reading(self, reading: Reading) -> ReadingRef:
        """Store the reading of another engine and return its reference."""
        self.readings.save_if_absent(make_request(), reading)
        return self.readings.make_reference(make_request(), reading)


class FakeRapidocr(FakeReader):
    """The second engine on the route."""

    name = "rapidocr"


def expect_recognized(event: Event) -> PageRecognized:
    assert isinstance(event, PageRecognized)
    return event


def expect_next_request(event: Event) -> PageRequested:
    assert isinstance(event, PageRequested)
    return event


def expect_failed(event: Event) -> PageFailed:
    assert isinstance(event, PageFailed)
    return event


def share_storage(engine: FakeEngine, reader: FakeReader) -> FakeEngine:
    """Return another engine, or another replica, with the same stored readings."""
    other = FakeEngine(reader)
    other.storage.objects = engine.storage.objects
    other.readings = ReadingStore(other.storage, "pagebus-results")
    return other
