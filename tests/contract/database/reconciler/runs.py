"""Runs of the reconciler with a fake bus, and a function that advances time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.codec import KafkaRecord
from events.envelope import Envelope
from events.event import Event
from events.topics import get_pages_topic
from functions.reconciler.handler import ReconcilerDependencies, handle
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.trace import NO_TRACE, Trace
from tests.contract.database.rows import execute
from tests.unit.persistence.outcomes import ExampleDocument

PING = Envelope(id="1", source="/ping", type="dev.knative.sources.ping")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LETTER = ExampleDocument("letter.pdf", pages=3)
TOPICS = frozenset(get_pages_topic(engine, bulk=bulk) for engine in ("tesseract", "rapidocr") for bulk in (False, True))


@dataclass
class FakeBus:
    """A bus that records published events with their traces, and raw records."""

    events: list[Event] = field(default_factory=list)
    records: list[KafkaRecord] = field(default_factory=list)
    traces: list[str | None] = field(default_factory=list)
    is_down: bool = False
    available_topics: frozenset[str] = TOPICS

    def publish(self, events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
        if self.is_down:
            raise Unavailable
        self.events += events
        self.traces.append(trace.origin)

    def produce(self, records: Sequence[KafkaRecord]) -> None:
        if self.is_down:
            raise Unavailable
        self.records += records

    def list_topics(self) -> frozenset[str]:
        if self.is_down:
            raise Unavailable
        return self.available_topics

    def take_events(self) -> list[Event]:
        """Return the events and forget them."""
        events, self.events = self.events, []
        return events

    def take_records(self) -> list[KafkaRecord]:
        """Return the records and forget them."""
        records, self.records = self.records, []
        return records


def advance_time(database: Database, seconds: float) -> None:
    """Move all stored times into the past."""
    execute(
        database,
        "UPDATE documents SET created_at = created_at - past, moved_at = moved_at - past, pushed_at = pushed_at - past "
        "FROM make_interval(secs => %s) AS past",
        seconds,
    )
    execute(
        database,
        "UPDATE dead_letters SET last_at = last_at - past, resent_at = resent_at - past "
        "FROM make_interval(secs => %s) AS past",
        seconds,
    )
    execute(database, "UPDATE outbox SET since = since - make_interval(secs => %s)", seconds)


def run_reconciler(dependencies: ReconcilerDependencies) -> None:
    assert handle(PING, dependencies=dependencies) == []
