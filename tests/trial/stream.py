"""A stream of twenty events per second over all topics and partitions."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, cycle, product
from random import Random

from confluent_kafka import Producer

from tests.trial.tally import SentEvent
from tests.workload import PARTITIONS

PER_SECOND = 20
# Seconds of work: mostly short, sometimes long enough to be interrupted by a fault.
_SHORT, _LONG, _LONG_SHARE = (0.0, 0.05), (0.5, 3.0), 0.01


@contextmanager
def stream_events(kafka: str, topics: Sequence[str], random: Random) -> Iterator[list[SentEvent]]:
    """Yield the sent events. The list grows within the context and is complete after it."""
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 0, "enable.idempotence": True})
    sent: list[SentEvent] = []
    enough = threading.Event()
    thread = threading.Thread(target=_produce_events, args=(producer, topics, random, sent, enough), name="stream")
    thread.start()
    try:
        yield sent
    finally:
        enough.set()
        thread.join()
    assert producer.flush(30) == 0, "Kafka did not acknowledge"


def _produce_events(
    producer: Producer, topics: Sequence[str], random: Random, sent: list[SentEvent], enough: threading.Event
) -> None:
    due = time.monotonic()
    numbers = {place: count() for place in product(topics, range(PARTITIONS))}
    for topic, partition in cycle(product(topics, range(PARTITIONS))):
        event = SentEvent(topic, partition, next(numbers[topic, partition]))
        data = {**event._asdict(), "work": _choose_work(random)}
        producer.produce(topic, json.dumps(data), partition=partition)
        producer.poll(0)
        sent.append(event)
        due += 1 / PER_SECOND
        if enough.wait(max(0.0, due - time.monotonic())):
            return


def _choose_work(random: Random) -> float:
    return random.uniform(*(_LONG if random.random() < _LONG_SHARE else _SHORT))
