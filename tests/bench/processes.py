"""Find the processes that `pagebus up` started, and measure their CPU and memory."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.platform import state

PARTS = ("twin", "kafka", "s3", "postgres")
_FUNCTION = re.compile(r"functions\.(\w+)\.main")
_ZYGOTE = "functions.runtime.sandbox.zygote"
_MB = 1e6


@dataclass(frozen=True)
class NamedProcess:
    """A process, and the name of its part: the twin, a server of the platform, a function, or a function's sandbox."""

    name: str
    process: psutil.Process


#: The name of a process and its seconds of CPU since its start, by pid.
CpuTimes = dict[int, tuple[str, float]]
#: An amount or a number per process, by name and pid.
Amounts = dict[tuple[str, int], float]


def list_processes(home: Path) -> list[NamedProcess]:
    """Return the processes that `pagebus up` started in this home, and all their children."""
    roots = {part: root for part in PARTS if (root := state.load_process(home, part))}
    return [member for part, root in roots.items() for member in _iterate_tree(part, psutil.Process(root.pid))]


def read_cpu_times(home: Path) -> CpuTimes:
    return {
        member.process.pid: (member.name, used)
        for member, used in _measure_each(list_processes(home), _get_cpu_seconds)
    }


def compute_cpu_seconds(before: CpuTimes, after: CpuTimes) -> dict[str, float]:
    """Return seconds of CPU between two readings, by name.

    For processes that have ended, this includes only the times that the kernel adds to their parents.
    """
    used: dict[str, float] = {}
    for pid, (name, seconds) in after.items():
        used[name] = used.get(name, 0.0) + seconds - before.get(pid, (name, 0.0))[1]
    return used


def add_by_name(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    return {name: first.get(name, 0.0) + second.get(name, 0.0) for name in (*first, *second)}


def format_milliseconds(seconds: Mapping[str, float], count: int) -> str:
    """Return text with the milliseconds per item by name, with the largest first. `count` is the number of items."""
    largest_first = sorted(seconds.items(), key=lambda entry: -entry[1])
    return ", ".join(f"{name} {1000 * used / count:.0f}" for name, used in largest_first if used > 0)


def measure_memory(home: Path) -> Amounts:
    """Return megabytes per process. Each process counts its share of the memory pages that several use (PSS)."""
    return {
        (member.name, member.process.pid): used for member, used in _measure_each(list_processes(home), _get_megabytes)
    }


@contextmanager
def record_memory(home: Path, interval: float) -> Iterator[list[tuple[float, Amounts]]]:
    """Measure memory at an interval in seconds. Yield the growing list of samples: monotonic time and memory."""
    samples: list[tuple[float, Amounts]] = []
    stopped = threading.Event()

    def record() -> None:
        while not stopped.wait(interval):
            samples.append((time.monotonic(), measure_memory(home)))

    thread = threading.Thread(target=record, name="memory")
    thread.start()
    try:
        yield samples
    finally:
        stopped.set()
        thread.join()


def _iterate_tree(part: str, root: psutil.Process) -> Iterator[NamedProcess]:
    names = {root.pid: part}
    yield NamedProcess(part, root)
    for process in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            names[process.pid] = _classify_process(names.get(process.ppid(), part), " ".join(process.cmdline()))
            yield NamedProcess(names[process.pid], process)


def _classify_process(parent: str, command: str) -> str:
    if _ZYGOTE in command:
        return parent if parent.endswith(" sandbox") else f"{parent} sandbox"
    return match[1] if (match := _FUNCTION.search(command)) else parent


def _measure_each(
    list_processes: Iterable[NamedProcess], measure: Callable[[NamedProcess], float]
) -> Iterator[tuple[NamedProcess, float]]:
    for member in list_processes:
        with suppress(psutil.NoSuchProcess):
            yield member, measure(member)


def _get_cpu_seconds(member: NamedProcess) -> float:
    """Return seconds of CPU, with those of ended children. The twin's children are separate processes in the list."""
    used = member.process.cpu_times()
    ended = 0.0 if member.name == "twin" else used.children_user + used.children_system
    return float(used.user + used.system + ended)


def _get_megabytes(member: NamedProcess) -> float:
    return float(member.process.memory_full_info().pss / _MB)
