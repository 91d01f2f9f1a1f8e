"""Entry point of assembly. It connects the function to Kafka, PostgreSQL, S3 and HTTP."""

from functools import partial

from flask import Flask

from events.document import DocumentRecognized, OutputFormat
from events.topics import ASSEMBLIES
from functions.assembly.handler import handle
from functions.assembly.pages import DocumentPages
from functions.assembly.settings import AssemblySettings
from functions.reading.store import ReadingStore
from functions.runtime.app import bind_handler, create_app
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.server import serve_function
from functions.runtime.settings import load_settings
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "assembly"


def build(settings: AssemblySettings, telemetry: Telemetry) -> Flask:
    """Return the application. PostgreSQL, S3 and Kafka do not need to answer yet."""
    bus = Bus(settings.kafka_client_config, FUNCTION, telemetry)
    storage = Storage(settings, connections=settings.concurrency * len(OutputFormat))
    database = Database(settings.database_url, settings.concurrency)
    pages = DocumentPages(database, ReadingStore(storage, settings.results_bucket))
    handle_request = partial(handle, pages=pages, upload=storage.upload, results_bucket=settings.results_bucket)
    return create_app(
        dict([bind_handler(DocumentRecognized, handle_request)]),
        bus.publish,
        consumes=ASSEMBLIES,
        telemetry=telemetry,
    )


def main() -> None:
    """Serve until SIGTERM."""
    serve_function(FUNCTION, build, load_settings(AssemblySettings))


if __name__ == "__main__":
    main()
