"""Running an engine: main.py of every engine is one call of this."""

from functools import partial
from typing import Protocol, TypeVar

from flask import Flask

from events.page import PageRequested
from events.topics import pages_topic
from functions.engine.documents import Documents
from functions.engine.escalations import counted
from functions.engine.handler import handle
from functions.engine.pages import Pages
from functions.engine.reader import Reader
from functions.engine.request import TASK
from functions.engine.settings import EngineSettings
from functions.reading.store import Readings
from functions.runtime.app import application, on
from functions.runtime.bus import Bus
from functions.runtime.loading import Loading, add_loading
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

S = TypeVar("S", bound=EngineSettings)
S_contra = TypeVar("S_contra", bound=EngineSettings, contravariant=True)


class Engine(Protocol[S_contra]):
    """The class of an engine's reader: it has a name, and makes a reader of the engine's settings."""

    name: str

    def __call__(self, settings: S_contra, /) -> Reader: ...


def serve_engine(engine: Engine[S], settings: type[S]) -> None:
    """Serve until SIGTERM."""
    serve(engine.name, lambda read, telemetry: build(engine(read), read, telemetry), load(settings))


def build(reader: Reader, settings: EngineSettings, telemetry: Telemetry) -> Flask:
    """Connect everything and begin to load; the store and Kafka may still be down."""
    sandbox = Sandbox([TASK], settings.limits)  # first, as it starts beside the rest
    bus = Bus(settings.kafka, reader.name, telemetry)
    storage = Storage(settings, connections=settings.concurrency)
    work = partial(
        handle,
        reader=reader,
        pages=_pages(storage, sandbox, settings),
        readings=Readings(storage, settings.results_bucket),
        inline_text_bytes=settings.inline_text_bytes,
    )
    sandbox.prove()
    app = application(
        dict([on(PageRequested, counted(work, telemetry.meter))]),
        bus.publish,
        consumes=pages_topic(reader.name, bulk=False),
        telemetry=telemetry,
    )
    loading = Loading(reader.load, telemetry.replica)
    add_loading(app, loading, settings.deadline_seconds)
    loading.begin()  # last, as it takes the processor from everything else
    return app


def _pages(storage: Storage, sandbox: Sandbox, settings: EngineSettings) -> Pages:
    documents = Documents(storage, capacity=settings.cache_bytes, largest=settings.max_document_bytes)
    return Pages(documents, sandbox, settings)
