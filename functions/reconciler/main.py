"""Entry point of the reconciler. It connects the function to Kafka, PostgreSQL, S3 and HTTP."""

from functools import partial

from flask import Flask

from events.catalogue import PING_TYPE
from functions.reconciler.handler import ReconcilerDependencies, handle
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.app import create_app
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.server import serve_function
from functions.runtime.settings import load_settings
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "reconciler"


def build(settings: ReconcilerSettings, telemetry: Telemetry) -> Flask:
    """Return the application. No dependency needs to answer yet."""
    bus = Bus(settings.kafka_client_config, FUNCTION, telemetry)
    database = Database(settings.database_url, settings.concurrency)
    dependencies = ReconcilerDependencies(
        database=database,
        storage=Storage(settings),
        publish=bus.publish,
        produce=bus.produce,
        list_topics=bus.list_topics,
        settings=settings,
    )
    handlers = {PING_TYPE: partial(handle, dependencies=dependencies)}
    return create_app(
        handlers,
        bus.publish,
        consumes=PING_TYPE,
        telemetry=telemetry,
    )


def main() -> None:
    """Serve until SIGTERM."""
    serve_function(FUNCTION, build, load_settings(ReconcilerSettings))


if __name__ == "__main__":
    main()
