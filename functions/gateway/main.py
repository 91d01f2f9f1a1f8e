"""Connects the gateway to the world."""

from functools import partial

from flask import Flask

from functions.gateway.api import application
from functions.gateway.documents import opened
from functions.gateway.records import Records
from functions.gateway.settings import GatewaySettings
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "gateway"


def build(settings: GatewaySettings, telemetry: Telemetry) -> Flask:
    """Connect everything; the database, the store and Kafka may still be down."""
    storage = Storage(settings, connections=settings.concurrency)
    return application(
        records=Records(Database(settings.database_url, settings.concurrency)),
        open_=partial(opened, storage=storage, bucket=settings.results_bucket),
        produce=Bus(settings.kafka, FUNCTION, telemetry).produce,
    )


def main() -> None:
    """Serve until SIGTERM."""
    serve(FUNCTION, build, load(GatewaySettings))


if __name__ == "__main__":
    main()
