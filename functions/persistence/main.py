"""Connects persistence to the world."""

from functools import partial
from typing import cast

from flask import Flask

from events.catalogue import OUTCOMES, Outcome
from events.envelope import Envelope, read
from events.event import Event
from events.topics import OUTCOMES as OUTCOMES_TOPIC
from events.topics import PERSISTENCE
from functions.persistence.handler import handle
from functions.persistence.settings import PersistenceSettings
from functions.persistence.telling import Counts, Tell, told
from functions.persistence.unsaid import forgetting
from functions.runtime.app import application
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.telemetry.spans import harmless, span
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace


def build(settings: PersistenceSettings, telemetry: Telemetry) -> Flask:
    """Connect everything; PostgreSQL and Kafka may still be down."""
    bus = Bus(settings.kafka, PERSISTENCE, telemetry)
    database = Database(settings.database_url, settings.concurrency)
    tell = partial(told, telemetry=telemetry, counts=Counts(telemetry.meter))
    handlers = {kind.TYPE: partial(received, kind=kind, database=database, tell=tell) for kind in OUTCOMES}
    publish = forgetting(bus.publish, database)
    return application(
        handlers,
        publish,
        consumes=OUTCOMES_TOPIC,
        telemetry=telemetry,
    )


def received(envelope: Envelope, *, kind: type[Event], database: Database, tell: Tell) -> list[Event]:
    """Read an outcome of this kind, and commit it together with the trace that it came with."""
    outcome = cast("Outcome", read(envelope, kind))
    origin = Trace.read(origin=envelope.traceparent, hop=None).of(outcome)
    with span("commit"):
        facts, is_new = handle(outcome, traceparent=origin, database=database)
    for fact in facts if is_new else ():
        with harmless():
            tell(fact, origin)
    return facts


def main() -> None:
    """Serve until SIGTERM."""
    serve(PERSISTENCE, build, load(PersistenceSettings))


if __name__ == "__main__":
    main()
