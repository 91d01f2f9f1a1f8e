"""Connects persistence to the world."""

from functools import partial
from typing import cast

from flask import Flask

from events.catalogue import OUTCOMES, Outcome
from events.envelope import Envelope, read
from events.event import Event
from events.topics import PERSISTENCE
from functions.persistence.handler import handle
from functions.persistence.settings import PersistenceSettings
from functions.persistence.unsaid import forgetting
from functions.runtime.app import application
from functions.runtime.bus import Bus
from functions.runtime.database import Database
from functions.runtime.serve import serve
from functions.runtime.settings import load
from functions.runtime.trace import Trace
from functions.runtime.watchdog import Watchdog


def build(settings: PersistenceSettings) -> Flask:
    """Connect everything; PostgreSQL and Kafka may still be down."""
    bus = Bus(settings.kafka_bootstrap_servers, PERSISTENCE)
    database = Database(settings.database_url, settings.concurrency)
    handlers = {kind.TYPE: partial(received, kind=kind, database=database) for kind in OUTCOMES}
    publish = forgetting(bus.publish, database)
    return application(handlers, publish, watchdog=Watchdog(settings.deadline_seconds))


def received(envelope: Envelope, *, kind: type[Event], database: Database) -> list[Event]:
    """Read an outcome of this kind, and commit it together with the trace that it came with."""
    outcome = cast("Outcome", read(envelope, kind))
    trace = Trace.read(origin=envelope.traceparent, hop=None)
    return handle(outcome, traceparent=trace.of(outcome), database=database)


def main() -> None:
    """Serve until SIGTERM."""
    settings = load(PersistenceSettings)
    serve(PERSISTENCE, lambda: build(settings), settings)


if __name__ == "__main__":
    main()
