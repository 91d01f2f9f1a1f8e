"""The server of an engine. The main.py of every engine calls `serve_engine`."""

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from flask import Flask
from opentelemetry.metrics import Meter

from events.event import Event
from events.page import PageRequested
from events.topics import get_pages_topic
from functions.engine.engine import Engine
from functions.engine.handler import handle_page_request
from functions.engine.page_source import DocumentCache, PageSource
from functions.engine.reader import Reader
from functions.engine.render_job import RENDER_TASK
from functions.engine.settings import EngineSettings
from functions.reading.store import ReadingStore
from functions.runtime.app import bind_handler, create_app
from functions.runtime.bus import Bus
from functions.runtime.loading import BackgroundLoader, add_loading_checks
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.server import serve_function
from functions.runtime.settings import load_settings
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

SettingsT = TypeVar("SettingsT", bound=EngineSettings)
SettingsT_contra = TypeVar("SettingsT_contra", bound=EngineSettings, contravariant=True)
PageHandler = Callable[[PageRequested], list[Event]]


class ReaderClass(Protocol[SettingsT_contra]):
    """The class of an engine's reader. It has the engine's name and creates a reader from the engine's settings."""

    name: str

    def __call__(self, settings: SettingsT_contra, /) -> Reader: ...


def serve_engine(reader_class: ReaderClass[SettingsT], settings_class: type[SettingsT]) -> None:
    """Run the HTTP server of the engine until SIGTERM."""
    serve_function(
        reader_class.name,
        lambda settings, telemetry: build_app(reader_class(settings), settings, telemetry),
        load_settings(settings_class),
    )


def build_app(reader: Reader, settings: EngineSettings, telemetry: Telemetry) -> Flask:
    """Return the Flask app of the engine, and start to load its model. This succeeds even if Kafka or S3 is down."""
    # The sandbox is first, because it starts in parallel with the following steps.
    sandbox = Sandbox([RENDER_TASK], settings.job_limits)
    bus = Bus(settings.kafka_client_config, reader.name, telemetry)
    storage = Storage(settings, connections=settings.concurrency)
    documents = DocumentCache(
        storage, capacity_bytes=settings.cache_bytes, max_document_bytes=settings.max_document_bytes
    )
    handle = partial(
        handle_page_request,
        engine=Engine.from_reader(reader, PageSource(documents, sandbox, settings)),
        readings=ReadingStore(storage, settings.results_bucket),
        inline_text_bytes=settings.inline_text_bytes,
    )
    sandbox.wait_until_ready()
    app = create_app(
        dict([bind_handler(PageRequested, count_pages_passed_on(handle, telemetry.meter))]),
        bus.publish,
        consumes=get_pages_topic(reader.name, bulk=False),
        telemetry=telemetry,
    )
    loader = BackgroundLoader(reader.load, telemetry.replica)
    add_loading_checks(app, loader, settings.deadline_seconds)
    # This is last, because loading a model would slow down the other steps.
    loader.start()
    return app


def count_pages_passed_on(handle: PageHandler, meter: Meter) -> PageHandler:
    """Return a handler that calls `handle` and counts the pages passed on to another engine."""
    escalations = meter.create_counter("pagebus.escalations", "{page}", "Pages passed on to another engine.")

    def handle_and_count(request: PageRequested) -> list[Event]:
        events = handle(request)
        for event in events:
            if isinstance(event, PageRequested):
                escalations.add(1, {"pagebus.engine": request.engine, "pagebus.next_engine": event.engine})
        return events

    return handle_and_count
