"""From an announcement, or an upload, of a page that brings its own text to the end of its document, all awake."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median, quantiles
from uuid import uuid4

from confluent_kafka import Producer

from events import codec
from events.document import DocumentUploaded
from events.envelope import Envelope
from events.topics import ASSEMBLIES, DOCUMENTS, OUTCOMES, UPLOADS, key_of
from tests.bench.documents import letter
from tests.bench.figures import Figure
from tests.bench.load import COMPLETED, Watch, watching
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running

#: What follows what, and whose work lies between the two.
_STEPS = {
    "page.recognized": "intake",
    "document.recognized": "persistence",
    "document.assembled": "assembly",
    COMPLETED: "persistence again",
}
_WARMING = 5


@dataclass(frozen=True)
class Trip:
    """Milliseconds: all of it, and step by step, the last of them from the record to its reader."""

    total: float
    steps: tuple[float, ...]


class Traveller:
    """Sends letters one after the other."""

    def __init__(self, system: Running, watch: Watch) -> None:
        self._store, self._bucket = system.s3(), system.environment["UPLOADS_BUCKET"]
        self._producer = Producer({"bootstrap.servers": system.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 0})
        self._watch = watch

    def announced(self) -> Trip:
        """From the moment in which the announcement is handed to the Kafka client."""
        key = f"announced/bench/{uuid4()}.pdf"
        self._store.put_object(Bucket=self._bucket, Key=key, Body=letter())
        event = DocumentUploaded(bucket=self._bucket, key=key)
        envelope = Envelope.around(event, function="bench", time=datetime.now(UTC), traceparent=None)
        record = codec.to_kafka(envelope, key_of(event))
        began, sent = time.monotonic(), time.time()
        self._producer.produce(UPLOADS, record.value, key_of(event), headers=list(record.headers.items()))
        self._producer.flush(10)
        return self._arrived(key, began, sent)

    def uploaded(self) -> Trip:
        """From the moment in which the upload begins."""
        key, content = f"in/bench/{uuid4()}.pdf", letter()
        began, sent = time.monotonic(), time.time()
        self._store.put_object(Bucket=self._bucket, Key=key, Body=content)
        return self._arrived(key, began, sent)

    def _arrived(self, key: str, began: float, sent: float) -> Trip:
        seen = [self._watch.event(kind, key) for kind in (COMPLETED, *_STEPS)]
        end, passed = seen[0], [sent, *(event.sent for event in seen[1:])]
        steps = [after - before for before, after in pairwise(passed)]
        total = end.at - began
        return Trip(1000 * total, tuple(1000 * step for step in (*steps, total - sum(steps))))


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    say(f"latency: {sizes.letters} letters announced and as many uploaded, in turn")
    with watching(system, DOCUMENTS, OUTCOMES, ASSEMBLIES) as watch:
        traveller = Traveller(system, watch)
        for _ in range(_WARMING):
            traveller.announced()
        trips = [(traveller.announced(), traveller.uploaded()) for _ in range(sizes.letters)]
    yield from _figures("announced_to_completed", "announcement", [announced for announced, _ in trips])
    yield from _figures("uploaded_to_completed", "upload, which is part of it,", [uploaded for _, uploaded in trips])


def _figures(name: str, what: str, trips: Sequence[Trip]) -> Iterator[Figure]:
    names = (*_STEPS.values(), "the last record to its reader")
    steps = zip(names, zip(*(trip.steps for trip in trips), strict=True), strict=True)
    told = ", ".join(f"{step} {median(took):.0f}" for step, took in steps)
    totals = [trip.total for trip in trips]
    how = f"from the {what} to document.completed, one page with text, median of {len(totals)}; ms by step: {told}"
    yield Figure(f"{name}_ms", median(totals), how)
    yield Figure(f"{name}_p95_ms", quantiles(totals, n=20)[-1], "the same, 95th percentile")
