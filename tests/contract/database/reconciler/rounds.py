"""What the reconciler says, and the time that passes for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.envelope import Envelope
from events.event import Event
from events.topics import pages_topic
from functions.reconciler.handler import Rounds, handle
from functions.runtime.bus import Record
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.trace import UNTRACED, Trace
from tests.contract.database.rows import execute
from tests.unit.persistence.outcomes import Made

PING = Envelope(id="1", source="/ping", type="dev.knative.sources.ping")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LETTER = Made("letter.pdf", pages=3)
TOPICS = frozenset(pages_topic(engine, bulk=bulk) for engine in ("tesseract", "rapidocr") for bulk in (False, True))


@dataclass
class Said:
    """What was published, and under which trace, and what was sent as it is."""

    events: list[Event] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    traces: list[str | None] = field(default_factory=list)
    is_down: bool = False
    there: frozenset[str] = TOPICS

    def publish(self, events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        if self.is_down:
            raise Unavailable
        self.events += events
        self.traces.append(trace.origin)

    def produce(self, records: Sequence[Record]) -> None:
        if self.is_down:
            raise Unavailable
        self.records += records

    def topics(self) -> frozenset[str]:
        if self.is_down:
            raise Unavailable
        return self.there

    def taken(self) -> list[Event]:
        events, self.events = self.events, []
        return events

    def sent(self) -> list[Record]:
        records, self.records = self.records, []
        return records


def age(database: Database, seconds: float) -> None:
    """Let time pass."""
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
    execute(database, "UPDATE unsaid SET since = since - make_interval(secs => %s)", seconds)


def look(rounds: Rounds) -> None:
    assert handle(PING, rounds=rounds) == []
