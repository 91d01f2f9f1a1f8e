"""Memory of the twin with fifty functions and fifty sources, each of which has worked and sleeps again."""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from confluent_kafka import Producer

from tests.bench import workers
from tests.bench.figures import Figure
from tests.bench.processes import members, memory
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running, eventually

_AT_ONCE, _LOOKS = 5, 5
_ASLEEP_S = 240


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    del sizes  # fifty are fifty
    say("fifty functions: an event for each")
    producer = Producer({"bootstrap.servers": system.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 0})
    record = workers.record(system.home.parent)
    record.touch()
    for number, name in enumerate(workers.FIFTY):
        producer.produce(name, json.dumps({"topic": name}), partition=0)
        producer.flush(10)
        _worked(record, number + 1 - _AT_ONCE)
    _worked(record, len(workers.FIFTY))
    say("fifty functions: falling asleep")
    eventually(lambda: not _awake(system), within=_ASLEEP_S, what="every function at zero")
    twin = median(sum(used for (name, _), used in memory(system.home).items() if name == "twin") for _ in range(_LOOKS))
    whole = sum(member.process.memory_info().rss for member in members(system.home) if member.name == "twin") / 1e6
    how = f"PSS (RSS {whole:.0f}) with 50 Services and 50 KafkaSources, each of which has done an event, all at zero"
    yield Figure("twin_50_functions_mb", twin, how)


def _worked(record: Path, count: int) -> None:
    """Wait until so many functions have worked."""
    eventually(lambda: len(record.read_text().splitlines()) >= count, what=f"the work of {count} functions")


def _awake(system: Running) -> bool:
    return any(function["desired"] or function["ready"] for function in system.state()["functions"])
