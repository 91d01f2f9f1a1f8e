"""Connects the reconciler to the world."""

from functools import partial

from flask import Flask

from events.catalogue import PING
from functions.reconciler.handler import Rounds, handle
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.app import application
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.storage import Storage
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "reconciler"


def build(settings: ReconcilerSettings, telemetry: Telemetry) -> Flask:
    """Connect everything; nothing of it needs to be up."""
    bus = Bus(settings.kafka, FUNCTION, telemetry)
    database = Database(settings.database_url, settings.concurrency)
    rounds = Rounds(
        database=database,
        storage=Storage(settings),
        publish=bus.publish,
        produce=bus.produce,
        topics=bus.topics,
        settings=settings,
    )
    handlers = {PING: partial(handle, rounds=rounds)}
    return application(
        handlers,
        bus.publish,
        consumes=PING,
        telemetry=telemetry,
    )


def main() -> None:
    """Serve until SIGTERM."""
    serve(FUNCTION, build, load(ReconcilerSettings))


if __name__ == "__main__":
    main()
