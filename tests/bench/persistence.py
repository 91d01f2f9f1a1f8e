"""Measure the outcomes per second that one replica of persistence commits, with PostgreSQL's fsync on."""

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
from events.identity import compute_document_id
from events.page import PageRecognized
from events.topics import DOCUMENTS, OUTCOMES, get_record_key
from local.samples import make
from tests.bench.figures import Figure
from tests.bench.load_generator import COMPLETED, EventWatch, watch_topics
from tests.bench.processes import add_by_name, compute_cpu_seconds, read_cpu_times
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack

#: The outcomes of a one-page document: accepted, page recognized, assembled.
_OUTCOMES_PER_DOCUMENT = 3


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    costs: dict[str, float] = {}
    with watch_topics(stack, DOCUMENTS) as watch:
        log("persistence: warming up")
        _run_burst(stack, watch, sizes.documents_per_burst)
        rates = []
        for number in range(sizes.bursts):
            before = read_cpu_times(stack.home)
            rates.append(_run_burst(stack, watch, sizes.documents_per_burst))
            costs = add_by_name(costs, compute_cpu_seconds(before, read_cpu_times(stack.home)))
            log(f"persistence: burst {number + 1} of {sizes.bursts}: {rates[-1]:.0f} events/s")
    if (replicas := stack.get_function("persistence")["ready"]) != 1:
        raise AssertionError(f"persistence has {replicas} replicas, but the measurement needs exactly one")
    outcomes = _OUTCOMES_PER_DOCUMENT * sizes.documents_per_burst
    how = (
        f"{outcomes} outcomes of one-page documents published to 4 partitions, one replica, fsync on; "
        f"median of {sizes.bursts} bursts, {min(rates):.0f} to {max(rates):.0f}"
    )
    yield Figure("persistence_events_per_s", median(rates), how)
    per_event = {name: 1000 * used / outcomes / sizes.bursts for name, used in costs.items()}
    others = ", ".join(f"{name} {used:.2f}" for name, used in per_event.items() if name in ("twin", "kafka"))
    yield Figure("persistence_cpu_ms_per_event", per_event["persistence"], f"CPU of its process; {others}")
    yield Figure("postgres_cpu_ms_per_event", per_event["postgres"], "CPU of all its processes")


def _run_burst(stack: PagebusStack, watch: EventWatch, count: int) -> float:
    """Return events per second, from the first published outcome to the last end. Serialization is not counted."""
    keys = [f"in/bench/{uuid4()}.png" for _ in range(count)]
    documents = [_build_outcomes(key) for key in keys]
    # All first outcomes, then all second ones: outcomes of a document come between those of others, as in production.
    records = [_serialize_event(event) for event in chain.from_iterable(zip(*documents, strict=True))]
    producer = Producer({"bootstrap.servers": stack.environment["KAFKA_BOOTSTRAP_SERVERS"]})
    began = time.monotonic()
    for value, key, headers in records:
        producer.produce(OUTCOMES, value, key, headers=headers)
    if producer.flush(30):
        raise AssertionError("Kafka did not acknowledge all outcomes")
    return (
        _OUTCOMES_PER_DOCUMENT * count / (max(watch.wait_for_event(COMPLETED, key).received_at for key in keys) - began)
    )


def _serialize_event(event: Event) -> tuple[bytes, str, dict[str, str | bytes | None]]:
    envelope = Envelope.from_event(event, function="bench", time=datetime.now(UTC), traceparent=None)
    record = codec.to_kafka(envelope, get_record_key(event))
    return record.value or b"", get_record_key(event), dict(record.headers)


def _build_outcomes(key: str) -> tuple[Event, ...]:
    """Return the outcomes of a one-page document, made from the examples of the documentation."""
    bucket, etag = "pagebus-uploads", uuid4().hex
    document = compute_document_id(tenant="bench", bucket=bucket, key=key, etag=etag)
    identity = {"document": document, "tenant": "bench", "bucket": bucket, "key": key, "etag": etag, "pages": 1}
    plan = (PagePlan(page=1, route=("tesseract",), why="a scan"),)
    return (
        EXAMPLES[DocumentAccepted.TYPE].model_copy(update={**identity, "plan": plan}),
        EXAMPLES[PageRecognized.TYPE].model_copy(update={**identity, "page": 1, "text": make.load_truth("brief")[0]}),
        EXAMPLES[DocumentAssembled.TYPE].model_copy(
            update={name: value for name, value in identity.items() if name != "pages"}
        ),
    )
