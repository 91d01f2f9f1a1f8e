"""Connects dead_letter to the world."""

from functools import partial

from flask import Flask

from events.topics import DEAD_LETTERS
from functions.dead_letter.handler import handle
from functions.dead_letter.letter import received
from functions.dead_letter.settings import DeadLetterSettings
from functions.runtime.app import MAX_BODY_BYTES, application
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "dead_letter"


def build(settings: DeadLetterSettings, telemetry: Telemetry) -> Flask:
    """Connect everything; PostgreSQL and Kafka may still be down."""
    bus = Bus(settings.kafka, FUNCTION, telemetry)
    database = Database(settings.database_url, settings.concurrency)
    return application(
        {"*": partial(handle, database=database)},
        bus.publish,
        consumes=DEAD_LETTERS,
        telemetry=telemetry,
        received=received,
    )


def main() -> None:
    """Serve until SIGTERM."""
    # An event is here because of an attribute that was too long for others, perhaps.
    serve(FUNCTION, build, load(DeadLetterSettings), longest_header=MAX_BODY_BYTES)


if __name__ == "__main__":
    main()
