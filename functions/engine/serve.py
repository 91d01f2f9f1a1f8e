"""Running an engine: main.py of every engine is one call of this."""

from functools import partial

from flask import Flask

from events.page import PageRequested
from functions.engine.documents import Documents
from functions.engine.handler import handle
from functions.engine.pages import Pages
from functions.engine.reader import Reader
from functions.engine.request import TASK
from functions.engine.settings import EngineSettings
from functions.runtime.app import application, on
from functions.runtime.bus import Bus
from functions.runtime.readings import Readings
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.storage import Storage
from functions.runtime.watchdog import Watchdog


def serve_engine(reader: type[Reader], settings: type[EngineSettings]) -> None:
    """Serve until SIGTERM."""
    loaded = load(settings)
    serve(reader.name, lambda: build(reader(), loaded), loaded)


def build(reader: Reader, settings: EngineSettings) -> Flask:
    """Connect everything; the store and Kafka may still be down."""
    bus = Bus(settings.kafka_bootstrap_servers, reader.name)
    storage = Storage(settings, connections=settings.concurrency)
    work = partial(
        handle,
        reader=reader,
        pages=_pages(storage, settings),
        readings=Readings(storage, settings.results_bucket),
        inline_text_bytes=settings.inline_text_bytes,
    )
    watchdog = Watchdog(settings.deadline_seconds)
    return application(dict([on(PageRequested, work)]), bus.publish, watchdog=watchdog)


def _pages(storage: Storage, settings: EngineSettings) -> Pages:
    documents = Documents(storage, capacity=settings.cache_bytes, largest=settings.max_document_bytes)
    return Pages(documents, Sandbox([TASK], settings.limits), settings)
