"""Outcomes that one replica of persistence commits per second, PostgreSQL waiting for its disk."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from statistics import median
from uuid import uuid4

from confluent_kafka import Producer

from events import codec
from events.document import DocumentAccepted, DocumentAssembled, PagePlan
from events.envelope import Envelope
from events.event import Event
from events.examples import EXAMPLES
from events.identity import document_id
from events.page import PageRecognized
from events.topics import DOCUMENTS, OUTCOMES, key_of
from local.samples import make
from tests.bench.figures import Figure
from tests.bench.load import COMPLETED, Watch, watching
from tests.bench.processes import clocks, spent, together
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running

#: Outcomes of a one-page document: accepted, its page, assembled.
_OUTCOMES = 3


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    costs: dict[str, float] = {}
    with watching(system, DOCUMENTS) as watch:
        say("persistence: warming up")
        _burst(system, watch, sizes.documents)
        rates = []
        for number in range(sizes.bursts):
            before = clocks(system.home)
            rates.append(_burst(system, watch, sizes.documents))
            costs = together(costs, spent(before, clocks(system.home)))
            say(f"persistence: burst {number + 1} of {sizes.bursts}: {rates[-1]:.0f} events/s")
    if (replicas := system.function("persistence")["ready"]) != 1:
        raise AssertionError(f"persistence has {replicas} replicas, and one is measured")
    outcomes = _OUTCOMES * sizes.documents
    how = (
        f"{outcomes} outcomes of one-page documents preloaded in 4 partitions, one replica, fsync on; "
        f"median of {sizes.bursts} bursts, {min(rates):.0f} to {max(rates):.0f}"
    )
    yield Figure("persistence_events_per_s", median(rates), how)
    per_event = {name: 1000 * used / outcomes / sizes.bursts for name, used in costs.items()}
    others = ", ".join(f"{name} {used:.2f}" for name, used in per_event.items() if name in ("twin", "kafka"))
    yield Figure("persistence_cpu_ms_per_event", per_event["persistence"], f"CPU of its process; {others}")
    yield Figure("postgres_cpu_ms_per_event", per_event["postgres"], "CPU of all its processes")


def _burst(system: Running, watch: Watch, count: int) -> float:
    """Events per second from the first that is handed in to the last end; making them is not counted."""
    keys = [f"in/bench/{uuid4()}.png" for _ in range(count)]
    documents = [_outcomes(key) for key in keys]
    # Stage by stage: what is known of a document comes with others in between, as it does in life.
    records = [_record(event) for event in chain.from_iterable(zip(*documents, strict=True))]
    producer = Producer({"bootstrap.servers": system.environment["KAFKA_BOOTSTRAP_SERVERS"]})
    began = time.monotonic()
    for value, key, headers in records:
        producer.produce(OUTCOMES, value, key, headers=headers)
    if producer.flush(30):
        raise AssertionError("Kafka did not acknowledge")
    return _OUTCOMES * count / (max(watch.event(COMPLETED, key).at for key in keys) - began)


def _record(event: Event) -> tuple[bytes, str, dict[str, str | bytes | None]]:
    envelope = Envelope.around(event, function="bench", time=datetime.now(UTC), traceparent=None)
    record = codec.to_kafka(envelope, key_of(event))
    return record.value or b"", key_of(event), dict(record.headers)


def _outcomes(key: str) -> tuple[Event, ...]:
    """What is found out about a document of one page of text: the examples of the documentation, about this one."""
    bucket, etag = "pagebus-uploads", uuid4().hex
    document = document_id(tenant="bench", bucket=bucket, key=key, etag=etag)
    of = {"document": document, "tenant": "bench", "bucket": bucket, "key": key, "etag": etag, "pages": 1}
    plan = (PagePlan(page=1, route=("tesseract",), why="a scan"),)
    return (
        EXAMPLES[DocumentAccepted.TYPE].model_copy(update={**of, "plan": plan}),
        EXAMPLES[PageRecognized.TYPE].model_copy(update={**of, "page": 1, "text": make.truth("brief")[0]}),
        EXAMPLES[DocumentAssembled.TYPE].model_copy(update={key: of[key] for key in of if key != "pages"}),
    )
