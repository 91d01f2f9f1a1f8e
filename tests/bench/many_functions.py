"""Measure the memory of the twin with fifty functions and fifty sources, after each has worked and scaled to zero."""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from confluent_kafka import Producer

from tests.bench import workers
from tests.bench.figures import Figure
from tests.bench.processes import list_processes, measure_memory
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack, wait_for

_MAX_IN_FLIGHT, _SAMPLES = 5, 5
_SCALE_DOWN_TIMEOUT_S = 240


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    del sizes  # always fifty functions
    log("fifty functions: an event for each")
    producer = Producer({"bootstrap.servers": stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 0})
    record = workers.get_record_file(stack.home.parent)
    record.touch()
    for number, name in enumerate(workers.FIFTY_NAMES):
        producer.produce(name, json.dumps({"topic": name}), partition=0)
        producer.flush(10)
        _wait_for_records(record, number + 1 - _MAX_IN_FLIGHT)
    _wait_for_records(record, len(workers.FIFTY_NAMES))
    log("fifty functions: waiting for zero replicas")
    wait_for(lambda: not _has_replicas(stack), within=_SCALE_DOWN_TIMEOUT_S, what="every function at zero")
    twin = median(
        sum(used for (name, _), used in measure_memory(stack.home).items() if name == "twin") for _ in range(_SAMPLES)
    )
    rss = sum(member.process.memory_info().rss for member in list_processes(stack.home) if member.name == "twin") / 1e6
    how = f"PSS (RSS {rss:.0f}) with 50 Services and 50 KafkaSources, after one event for each, all at zero replicas"
    yield Figure("twin_50_functions_mb", twin, how)


def _wait_for_records(record: Path, count: int) -> None:
    """Wait until `count` functions have handled an event."""
    wait_for(lambda: len(record.read_text().splitlines()) >= count, what=f"the work of {count} functions")


def _has_replicas(stack: PagebusStack) -> bool:
    return any(function["desired"] or function["ready"] for function in stack.get_state()["functions"])
