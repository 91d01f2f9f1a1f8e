"""What the twin adds to an event: the same events to the same function, in turn through the twin and past it."""

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
from tests.bench.systems import Say
from tests.kit import ROOT, Running, eventually
from tests.workload import PARTITIONS, WORKER

_THROUGH, _PAST = workers.AWAKE, "bench-past"
_PAUSE_S = 0.02
_WARMING, _BATCH = 50, 500


@dataclass(frozen=True)
class Ways:
    """Both ways to a function, and the process that makes each."""

    producer: Producer
    record: Path
    makers: dict[str, psutil.Process]

    def send(self, way: str, n: int) -> None:
        """As the product's events are: a CloudEvent within a trace."""
        event = {"ce_specversion": "1.0", "ce_id": f"{n}", "ce_type": "t", "ce_source": "/bench"}
        trace = f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"
        headers: list[tuple[str, str | bytes | None]] = [*event.items(), ("traceparent", trace)]
        data = json.dumps({"topic": way, "n": n, "sent": time.time()})
        self.producer.produce(way, data, partition=n % PARTITIONS, headers=headers)
        self.producer.poll(0)

    def done(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()]

    def seconds(self, way: str) -> float:
        """Of CPU that its process has used."""
        used = self.makers[way].cpu_times()
        return float(used.user + used.system)


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    with _ways(system) as ways:
        for n in range(_WARMING):
            ways.send(_THROUGH, n)
            ways.send(_PAST, n)
        sent = _arrived(ways, 2 * _WARMING)
        say(f"cost: {sizes.pairs} events through the twin and as many past it, in turn")
        added = _latencies(ways, sizes.pairs, sent)
        say(f"cost: {sizes.batches} batches of {_BATCH} events each way, for CPU")
        spent = _cpu(ways, sizes.batches, sent + 2 * sizes.pairs)
    how = (
        f"from producing an event to its arrival at the function, less the same past the twin (a bare consumer that "
        f"posts it), median of {sizes.pairs} pairs; through {median(added.through):.1f}, past {median(added.past):.1f}"
    )
    yield Figure("twin_added_ms", median(added.differences), how)
    yield Figure("twin_added_p95_ms", quantiles(added.differences, n=20)[-1], "the same, 95th percentile")
    told = ", ".join(f"{way} {1000 * used:.2f}" for way, used in spent.items())
    how = f"CPU of the twin per event, less that of a bare consumer that posts it; {sizes.batches} x {_BATCH}: {told}"
    yield Figure("twin_added_cpu_ms", 1000 * (spent[_THROUGH] - spent[_PAST]), how)


@dataclass(frozen=True)
class Latencies:
    """Milliseconds, pair by pair."""

    through: list[float]
    past: list[float]

    @property
    def differences(self) -> list[float]:
        return [with_it - without for with_it, without in zip(self.through, self.past, strict=True)]


def _latencies(ways: Ways, pairs: int, before: int) -> Latencies:
    for n in range(pairs):
        for way in (_THROUGH, _PAST):
            ways.send(way, n)
            time.sleep(_PAUSE_S)
    _arrived(ways, before + 2 * pairs)
    lines = ways.done()[before:]
    took = {(line["topic"], line["n"]): 1000 * (line["arrived"] - line["sent"]) for line in lines}
    through, past = ([took[way, n] for n in range(pairs)] for way in (_THROUGH, _PAST))
    return Latencies(through, past)


def _cpu(ways: Ways, batches: int, before: int) -> dict[str, float]:
    """Seconds of CPU per event, each way."""
    used = dict.fromkeys((_THROUGH, _PAST), 0.0)
    for _ in range(batches):
        for way in used:
            clock = ways.seconds(way)
            for n in range(_BATCH):
                ways.send(way, n)
            ways.producer.flush(30)
            before = _arrived(ways, before + _BATCH)
            used[way] += ways.seconds(way) - clock
    return {way: seconds / (batches * _BATCH) for way, seconds in used.items()}


def _arrived(ways: Ways, count: int) -> int:
    eventually(lambda: len(ways.done()) >= count, within=120, what=f"{count} events at the function")
    return count


@contextmanager
def _ways(system: Running) -> Iterator[Ways]:
    """A topic beside the twin's, a bare consumer of it, and a function of the same program for it to post to."""
    kafka = system.environment["KAFKA_BOOTSTRAP_SERVERS"]
    record, port = workers.record(system.home.parent), state.free_port()
    topics.provide(kafka, [Topic(_PAST, PARTITIONS)])
    twin = state.process_of(system.home, "twin")
    assert twin
    environment = os.environ | {"PORT": str(port), "RECORD": str(record)}
    straight = ["-m", "tests.bench.straight", "--kafka", kafka, "--topic", _PAST, "--port", str(port)]
    with _running([str(WORKER)], environment) as function, _running(straight, environment) as bare:
        eventually(lambda: _listens(function), what="a function past the twin")
        makers = {_THROUGH: psutil.Process(twin.pid), _PAST: bare}
        yield Ways(Producer({"bootstrap.servers": kafka, "linger.ms": 0}), record, makers)


def _listens(process: psutil.Process) -> bool:
    return any(found.status == psutil.CONN_LISTEN for found in process.net_connections())


@contextmanager
def _running(arguments: list[str], environment: dict[str, str]) -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
