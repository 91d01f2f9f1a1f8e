"""Entry point of the gateway. It connects the function to Kafka, PostgreSQL, S3 and HTTP."""

from functools import partial

from flask import Flask

from functions.gateway.api import create_gateway
from functions.gateway.documents import open_stored_output
from functions.gateway.settings import GatewaySettings
from functions.gateway.store import DocumentStore
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.server import serve_function
from functions.runtime.settings import load_settings
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "gateway"


def build(settings: GatewaySettings, telemetry: Telemetry) -> Flask:
    """Return the application. PostgreSQL, S3 and Kafka do not need to answer yet."""
    storage = Storage(settings, connections=settings.concurrency)
    return create_gateway(
        store=DocumentStore(Database(settings.database_url, settings.concurrency)),
        open_output=partial(open_stored_output, storage=storage, bucket=settings.results_bucket),
        produce=Bus(settings.kafka_client_config, FUNCTION, telemetry).produce,
    )


def main() -> None:
    """Serve until SIGTERM."""
    serve_function(FUNCTION, build, load_settings(GatewaySettings))


if __name__ == "__main__":
    main()
