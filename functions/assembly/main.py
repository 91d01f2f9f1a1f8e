"""Connects assembly to the world."""

from functools import partial

from flask import Flask

from events.document import DocumentRecognized
from functions.assembly.handler import handle
from functions.assembly.pages import Pages
from functions.assembly.settings import AssemblySettings
from functions.runtime.app import application, on
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.readings import Readings
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.storage import Storage
from functions.runtime.watchdog import Watchdog

FUNCTION = "assembly"


def build(settings: AssemblySettings) -> Flask:
    """Connect everything; the database, the store and Kafka may still be down."""
    bus = Bus(settings.kafka_bootstrap_servers, FUNCTION)
    storage = Storage(settings, connections=settings.concurrency)
    database = Database(settings.database_url, settings.concurrency)
    pages = Pages(database, Readings(storage, settings.results_bucket))
    put_together = partial(handle, pages=pages, upload=storage.upload, results_bucket=settings.results_bucket)
    handlers = dict([on(DocumentRecognized, put_together)])
    return application(handlers, bus.publish, watchdog=Watchdog(settings.deadline_seconds))


def main() -> None:
    """Serve until SIGTERM."""
    settings = load(AssemblySettings)
    serve(FUNCTION, lambda: build(settings), settings)


if __name__ == "__main__":
    main()
