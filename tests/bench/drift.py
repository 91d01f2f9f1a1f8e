"""Measure whether thousands of documents slow processes down or leave open files, children and memory behind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from psutil import NoSuchProcess

from events.topics import DOCUMENTS
from tests.bench.documents import create_small_scan
from tests.bench.figures import Figure
from tests.bench.load_generator import EventWatch, run_load, watch_topics
from tests.bench.pace import CoreMeter, Pace
from tests.bench.processes import Amounts, compute_cpu_seconds, list_processes, read_cpu_times
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack

_IN_FLIGHT = 12
_BATCHES = 4


@dataclass(frozen=True)
class ResourceUsage:
    """Open files, children and memory of idle processes, by name and pid."""

    files: Amounts
    children: Amounts
    megabytes: Amounts


@dataclass(frozen=True)
class BatchResult:
    """The pace of a batch, and the resources of processes after it."""

    pace: Pace
    usage: ResourceUsage


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    with watch_topics(stack, DOCUMENTS) as watch:
        log("drift: warming up")
        _run_batch(stack, watch, sizes.documents_per_batch // 2)
        batches = []
        for number in range(_BATCHES):
            batches.append(_run_batch(stack, watch, sizes.documents_per_batch))
            done, total = (count * sizes.documents_per_batch for count in (number + 1, _BATCHES))
            log(f"drift: {done} of {total} documents: {_format_milliseconds(batches[-1])} ms per document")
    yield from _build_figures(batches, sizes)


def _run_batch(stack: PagebusStack, watch: EventWatch, count: int) -> BatchResult:
    documents = [(f"in/bench/{uuid4()}.png", create_small_scan()) for _ in range(count)]
    before, cores = read_cpu_times(stack.home), CoreMeter()
    load = run_load(stack, watch, documents, in_flight=_IN_FLIGHT)
    cpu = sum(compute_cpu_seconds(before, read_cpu_times(stack.home)).values())
    pace = Pace(count / (load.ended_at[-1] - load.started_at), cpu / count, cores.compute_available(cpu))
    return BatchResult(pace, _measure_usage(stack.home))


def _measure_usage(home: Path) -> ResourceUsage:
    usage = ResourceUsage({}, {}, {})
    for member in list_processes(home):
        key = (member.name, member.process.pid)
        try:
            usage.files[key] = member.process.num_fds()
            usage.children[key] = len(member.process.children())
            usage.megabytes[key] = member.process.memory_full_info().uss / 1e6
        except NoSuchProcess:
            continue
    return usage


def _build_figures(batches: Sequence[BatchResult], sizes: Sizes) -> Iterator[Figure]:
    first, last, count = batches[0], batches[-1], sizes.documents_per_batch
    how = (
        f"{_BATCHES * count} one-page scans of a few words: time per document in the last {count} "
        f"({_format_milliseconds(last)} ms) divided by the time in the first {count} "
        f"({_format_milliseconds(first)} ms), each per core that other programs left free"
    )
    yield Figure("drift_2000", first.pace.rate_per_core / last.pace.rate_per_core, how)
    how = f"the same for CPU: {1000 * last.pace.cpu_seconds:.0f} ms divided by {1000 * first.pace.cpu_seconds:.0f} ms"
    yield Figure("drift_2000_cpu", last.pace.cpu_seconds / first.pace.cpu_seconds, how)
    for name, what, before, after in (
        ("drift_fds", "open files and sockets", first.usage.files, last.usage.files),
        ("drift_children", "children", first.usage.children, last.usage.children),
        ("drift_uss_mb", "MB of private memory", first.usage.megabytes, last.usage.megabytes),
    ):
        key = _find_largest_growth(before, after)
        change = f"{key[0]} {before[key]:.0f} to {after[key]:.0f} {what}"
        how = f"largest growth of a process between the first and the last {count} documents: {change}"
        yield Figure(name, after[key] - before[key], how)


def _find_largest_growth(first: Amounts, last: Amounts) -> tuple[str, int]:
    """Return the name and pid of the process that has grown most."""
    return max(first.keys() & last.keys(), key=lambda key: last[key] - first[key])


def _format_milliseconds(batch: BatchResult) -> str:
    return f"{1000 / batch.pace.rate:.0f}"
