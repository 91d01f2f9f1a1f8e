"""Connects assembly to the world."""

from collections.abc import Callable
from functools import partial

from flask import Flask

from events.document import DocumentRecognized, OutputFormat
from events.event import Event
from events.topics import ASSEMBLIES
from functions.assembly.handler import handle
from functions.assembly.pages import Pages
from functions.assembly.settings import AssemblySettings
from functions.reading.store import Readings
from functions.runtime.app import application, on
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.storage import Storage
from functions.runtime.telemetry.spans import span
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "assembly"


def build(settings: AssemblySettings, telemetry: Telemetry) -> Flask:
    """Connect everything; the database, the store and Kafka may still be down."""
    bus = Bus(settings.kafka, FUNCTION, telemetry)
    storage = Storage(settings, connections=settings.concurrency * len(OutputFormat))
    database = Database(settings.database_url, settings.concurrency)
    pages = Pages(database, Readings(storage, settings.results_bucket))
    put_together = partial(handle, pages=pages, upload=storage.upload, results_bucket=settings.results_bucket)
    handlers = dict([on(DocumentRecognized, partial(assembled, work=put_together))])
    return application(
        handlers,
        bus.publish,
        consumes=ASSEMBLIES,
        telemetry=telemetry,
    )


def assembled(request: DocumentRecognized, *, work: Callable[[DocumentRecognized], list[Event]]) -> list[Event]:
    """Put a document together, as a span."""
    with span("assemble", {"pagebus.pages": request.pages}):
        return work(request)


def main() -> None:
    """Serve until SIGTERM."""
    serve(FUNCTION, build, load(AssemblySettings))


if __name__ == "__main__":
    main()
