"""Measure the overhead of the twin per event: the same events reach a function through the twin, and without it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from confluent_kafka import Producer

from local.platform import state, topics
from local.platform.topics import Topic
from tests.bench import workers
from tests.bench.figures import Figure
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import ROOT, PagebusStack, wait_for
from tests.workload import PARTITIONS, WORKER

_TWIN, _DIRECT = workers.WARM, "bench-past"
_PAUSE_S = 0.02
_WARM_UP_EVENTS, _BATCH_SIZE = 50, 500


@dataclass(frozen=True)
class EventPaths:
    """Two topics whose events reach a function: one through the twin, one through a bare consumer.

    `processes` has the process that delivers the events, by topic. Functions write their work to the file `record`.
    """

    producer: Producer
    record: Path
    processes: dict[str, psutil.Process]

    def send(self, topic: str, n: int) -> None:
        """Publish a CloudEvent with a trace, like those of the product."""
        event = {"ce_specversion": "1.0", "ce_id": f"{n}", "ce_type": "t", "ce_source": "/bench"}
        trace = f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"
        headers: list[tuple[str, str | bytes | None]] = [*event.items(), ("traceparent", trace)]
        data = json.dumps({"topic": topic, "n": n, "sent": time.time()})
        self.producer.produce(topic, data, partition=n % PARTITIONS, headers=headers)
        self.producer.poll(0)

    def read_records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()]

    def get_cpu_seconds(self, topic: str) -> float:
        """Return the seconds of CPU that the process of a topic has used."""
        used = self.processes[topic].cpu_times()
        return float(used.user + used.system)


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    with _start_paths(stack) as paths:
        for n in range(_WARM_UP_EVENTS):
            paths.send(_TWIN, n)
            paths.send(_DIRECT, n)
        sent = _wait_for_events(paths, 2 * _WARM_UP_EVENTS)
        log(f"cost: {sizes.event_pairs} events through the twin and as many without it, in turn")
        added = _measure_latencies(paths, sizes.event_pairs, sent)
        log(f"cost: {sizes.event_batches} batches of {_BATCH_SIZE} events on each path, to measure CPU")
        spent = _measure_cpu(paths, sizes.event_batches, sent + 2 * sizes.event_pairs)
    how = (
        f"from producing an event to its arrival at the function, minus the same time with a bare consumer that "
        f"posts the event; median of {sizes.event_pairs} pairs; twin {median(added.twin):.1f}, "
        f"bare consumer {median(added.direct):.1f}"
    )
    yield Figure("twin_added_ms", median(added.differences), how)
    yield Figure("twin_added_p95_ms", quantiles(added.differences, n=20)[-1], "the same, 95th percentile")
    details = ", ".join(f"{topic} {1000 * used:.2f}" for topic, used in spent.items())
    how = (
        f"CPU of the twin per event, minus that of a bare consumer that posts the event; "
        f"{sizes.event_batches} x {_BATCH_SIZE} events: {details}"
    )
    yield Figure("twin_added_cpu_ms", 1000 * (spent[_TWIN] - spent[_DIRECT]), how)


@dataclass(frozen=True)
class Latencies:
    """Milliseconds of each pair of events."""

    twin: list[float]
    direct: list[float]

    @property
    def differences(self) -> list[float]:
        return [twin - direct for twin, direct in zip(self.twin, self.direct, strict=True)]


def _measure_latencies(paths: EventPaths, pairs: int, before: int) -> Latencies:
    for n in range(pairs):
        for topic in (_TWIN, _DIRECT):
            paths.send(topic, n)
            time.sleep(_PAUSE_S)
    _wait_for_events(paths, before + 2 * pairs)
    lines = paths.read_records()[before:]
    milliseconds = {(line["topic"], line["n"]): 1000 * (line["arrived"] - line["sent"]) for line in lines}
    twin_ms, direct_ms = ([milliseconds[topic, n] for n in range(pairs)] for topic in (_TWIN, _DIRECT))
    return Latencies(twin_ms, direct_ms)


def _measure_cpu(paths: EventPaths, batches: int, before: int) -> dict[str, float]:
    """Return the seconds of CPU per event, by topic."""
    used = dict.fromkeys((_TWIN, _DIRECT), 0.0)
    for _ in range(batches):
        for topic in used:
            clock = paths.get_cpu_seconds(topic)
            for n in range(_BATCH_SIZE):
                paths.send(topic, n)
            paths.producer.flush(30)
            before = _wait_for_events(paths, before + _BATCH_SIZE)
            used[topic] += paths.get_cpu_seconds(topic) - clock
    return {topic: seconds / (batches * _BATCH_SIZE) for topic, seconds in used.items()}


def _wait_for_events(paths: EventPaths, count: int) -> int:
    wait_for(lambda: len(paths.read_records()) >= count, within=120, what=f"{count} events at the function")
    return count


@contextmanager
def _start_paths(stack: PagebusStack) -> Iterator[EventPaths]:
    """Start a bare consumer of a second topic and a function to which it posts, and yield both paths."""
    kafka = stack.environment["KAFKA_BOOTSTRAP_SERVERS"]
    record, port = workers.get_record_file(stack.home.parent), state.find_free_port()
    topics.ensure_topics(kafka, [Topic(_DIRECT, PARTITIONS)])
    twin = state.load_process(stack.home, "twin")
    assert twin
    environment = os.environ | {"PORT": str(port), "RECORD": str(record)}
    bare_consumer = ["-m", "tests.bench.bare_consumer", "--kafka", kafka, "--topic", _DIRECT, "--port", str(port)]
    with _run_python([str(WORKER)], environment) as function, _run_python(bare_consumer, environment) as consumer:
        wait_for(lambda: _is_listening(function), what="the function of the bare consumer")
        processes = {_TWIN: psutil.Process(twin.pid), _DIRECT: consumer}
        yield EventPaths(Producer({"bootstrap.servers": kafka, "linger.ms": 0}), record, processes)


def _is_listening(process: psutil.Process) -> bool:
    return any(connection.status == psutil.CONN_LISTEN for connection in process.net_connections())


@contextmanager
def _run_python(arguments: list[str], environment: dict[str, str]) -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
