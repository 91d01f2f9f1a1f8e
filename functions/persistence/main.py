"""Entry point of persistence. It connects the function to Kafka, PostgreSQL and HTTP."""

from functools import partial
from typing import cast

from flask import Flask

from events.catalogue import OUTCOME_EVENTS, Outcome
from events.envelope import Envelope, parse_event
from events.event import Event
from events.topics import OUTCOMES as OUTCOMES_TOPIC
from events.topics import PERSISTENCE
from functions.persistence.handler import RecordMetrics, handle
from functions.persistence.metrics import ResultMetrics
from functions.persistence.outbox import OutboxPublisher
from functions.persistence.settings import PersistenceSettings
from functions.runtime.app import create_app
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.server import serve_function
from functions.runtime.settings import load_settings
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace


def build(settings: PersistenceSettings, telemetry: Telemetry) -> Flask:
    """Return the application. PostgreSQL and Kafka do not need to answer yet."""
    bus = Bus(settings.kafka_client_config, PERSISTENCE, telemetry)
    database = Database(settings.database_url, settings.concurrency)
    handle_event = partial(handle_envelope, database=database, record_metrics=ResultMetrics(telemetry).record)
    return create_app(
        {model.TYPE: partial(handle_event, model=model) for model in OUTCOME_EVENTS},
        OutboxPublisher(bus.publish, database).publish,
        consumes=OUTCOMES_TOPIC,
        telemetry=telemetry,
    )


def handle_envelope(
    envelope: Envelope, *, model: type[Event], database: Database, record_metrics: RecordMetrics
) -> list[Event]:
    """Parse an outcome as an event of type `model`, commit it, and return the events to publish.

    Raise InvalidEvent or Unavailable.
    """
    outcome = cast("Outcome", parse_event(envelope, model))
    origin = Trace.from_headers(origin=envelope.traceparent, hop=None).get_origin(outcome)
    return handle(outcome, traceparent=origin, database=database, record_metrics=record_metrics)


def main() -> None:
    """Serve until SIGTERM."""
    serve_function(PERSISTENCE, build, load_settings(PersistenceSettings))


if __name__ == "__main__":
    main()
