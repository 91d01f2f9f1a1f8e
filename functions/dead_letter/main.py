"""Entry point of dead_letter. It connects the function to Kafka, PostgreSQL and HTTP."""

from functools import partial

from flask import Flask

from events.topics import DEAD_LETTERS
from functions.dead_letter.handler import handle
from functions.dead_letter.parsing import parse_dead_letter
from functions.dead_letter.settings import DeadLetterSettings
from functions.runtime.app import MAX_BODY_BYTES, create_app
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.server import serve_function
from functions.runtime.settings import load_settings
from functions.runtime.telemetry.telemetry import Telemetry

FUNCTION = "dead_letter"


def build(settings: DeadLetterSettings, telemetry: Telemetry) -> Flask:
    """Return the application. PostgreSQL and Kafka do not need to answer yet."""
    bus = Bus(settings.kafka_client_config, FUNCTION, telemetry)
    database = Database(settings.database_url, settings.concurrency)
    return create_app(
        {"*": partial(handle, database=database)},
        bus.publish,
        consumes=DEAD_LETTERS,
        telemetry=telemetry,
        parse_request=parse_dead_letter,
    )


def main() -> None:
    """Serve until SIGTERM."""
    # Other functions limit the length of headers. An event with longer attributes becomes a dead letter.
    serve_function(FUNCTION, build, load_settings(DeadLetterSettings), max_header_bytes=MAX_BODY_BYTES)


if __name__ == "__main__":
    main()
