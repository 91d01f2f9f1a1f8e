"""Measure the memory of the twin and the platform while every function has zero replicas."""

from collections.abc import Iterator
from statistics import median

from events.topics import DOCUMENTS
from tests.bench.cold import wait_for_zero_replicas
from tests.bench.documents import create_scans
from tests.bench.figures import Figure
from tests.bench.load_generator import run_load, watch_topics
from tests.bench.processes import list_processes, measure_memory
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack

_DOCUMENTS = 12
_SAMPLES = 5


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    del sizes  # an idle stack has no size
    log("idle: reading documents, then waiting for zero replicas")
    with watch_topics(stack, DOCUMENTS) as watch:
        documents = [(f"in/bench/{name}", content) for name, content in create_scans(_DOCUMENTS)]
        run_load(stack, watch, documents, in_flight=_DOCUMENTS)
    wait_for_zero_replicas(stack)
    samples = [_measure_by_name(stack) for _ in range(_SAMPLES)]
    wait_for_zero_replicas(stack)
    parts = {name: median(sample.get(name, 0.0) for sample in samples) for name in samples[0]}
    details = ", ".join(f"{name} {used:.0f}" for name, used in parts.items())
    rss = sum(member.process.memory_info().rss for member in list_processes(stack.home) if member.name == "twin") / 1e6
    how = f"PSS (RSS {rss:.0f}) after {_DOCUMENTS} pages, with zero replicas of every function, also of the reconciler"
    yield Figure("idle_twin_mb", parts["twin"], how)
    yield Figure("idle_all_mb", sum(parts.values()), f"PSS with the embedded platform: {details}")


def _measure_by_name(stack: PagebusStack) -> dict[str, float]:
    used: dict[str, float] = {}
    for (name, _), megabytes in measure_memory(stack.home).items():
        used[name] = used.get(name, 0.0) + megabytes
    return used
