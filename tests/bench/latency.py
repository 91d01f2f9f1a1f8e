"""Measure the time from an announcement or an upload of a page with a text layer to the end of its document.

All functions have replicas.
"""

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
from events.topics import ASSEMBLIES, DOCUMENTS, OUTCOMES, UPLOADS, get_record_key
from tests.bench.documents import create_text_pdf
from tests.bench.figures import Figure
from tests.bench.load_generator import COMPLETED, EventWatch, watch_topics
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack

#: The events of a document in order, and the function that works before each.
_STEPS = {
    "page.recognized": "intake",
    "document.recognized": "persistence",
    "document.assembled": "assembly",
    COMPLETED: "persistence, second time",
}
_WARM_UP_DOCUMENTS = 5


@dataclass(frozen=True)
class Latency:
    """Milliseconds in total and of each step. The last step is the delivery of the last record to the benchmark."""

    total: float
    steps: tuple[float, ...]


class LatencyProbe:
    """A client that sends documents one after the other and measures their latencies."""

    def __init__(self, stack: PagebusStack, watch: EventWatch) -> None:
        self._store, self._bucket = stack.create_s3_client(), stack.environment["UPLOADS_BUCKET"]
        self._producer = Producer({"bootstrap.servers": stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 0})
        self._watch = watch

    def measure_announcement(self) -> Latency:
        """Announce a document and return the latency since the call of the Kafka client."""
        key = f"announced/bench/{uuid4()}.pdf"
        self._store.put_object(Bucket=self._bucket, Key=key, Body=create_text_pdf())
        event = DocumentUploaded(bucket=self._bucket, key=key)
        envelope = Envelope.from_event(event, function="bench", time=datetime.now(UTC), traceparent=None)
        record = codec.to_kafka(envelope, get_record_key(event))
        began, sent = time.monotonic(), time.time()
        self._producer.produce(UPLOADS, record.value, get_record_key(event), headers=list(record.headers.items()))
        self._producer.flush(10)
        return self._wait_for_steps(key, began, sent)

    def measure_upload(self) -> Latency:
        """Upload a document and return the latency since the start of the upload."""
        key, content = f"in/bench/{uuid4()}.pdf", create_text_pdf()
        began, sent = time.monotonic(), time.time()
        self._store.put_object(Bucket=self._bucket, Key=key, Body=content)
        return self._wait_for_steps(key, began, sent)

    def _wait_for_steps(self, key: str, began: float, sent: float) -> Latency:
        events = [self._watch.wait_for_event(kind, key) for kind in (COMPLETED, *_STEPS)]
        end, times = events[0], [sent, *(event.sent_at for event in events[1:])]
        steps = [after - before for before, after in pairwise(times)]
        total = end.received_at - began
        return Latency(1000 * total, tuple(1000 * step for step in (*steps, total - sum(steps))))


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    log(f"latency: {sizes.latency_documents} documents announced and as many uploaded, in turn")
    with watch_topics(stack, DOCUMENTS, OUTCOMES, ASSEMBLIES) as watch:
        probe = LatencyProbe(stack, watch)
        for _ in range(_WARM_UP_DOCUMENTS):
            probe.measure_announcement()
        latencies = [(probe.measure_announcement(), probe.measure_upload()) for _ in range(sizes.latency_documents)]
    yield from _build_figures("announced_to_completed", "announcement", [announced for announced, _ in latencies])
    yield from _build_figures("uploaded_to_completed", "start of the upload", [uploaded for _, uploaded in latencies])


def _build_figures(name: str, what: str, latencies: Sequence[Latency]) -> Iterator[Figure]:
    names = (*_STEPS.values(), "delivery to the benchmark")
    steps = zip(names, zip(*(latency.steps for latency in latencies), strict=True), strict=True)
    details = ", ".join(f"{step} {median(milliseconds):.0f}" for step, milliseconds in steps)
    totals = [latency.total for latency in latencies]
    how = (
        f"from the {what} to document.completed, one page with a text layer, median of {len(totals)}; "
        f"ms by step: {details}"
    )
    yield Figure(f"{name}_ms", median(totals), how)
    yield Figure(f"{name}_p95_ms", quantiles(totals, n=20)[-1], "the same, 95th percentile")
