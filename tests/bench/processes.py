"""The processes of a home: which they are, and what they use."""

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
class Member:
    """A process under the name of what it belongs to: a part of the platform, the twin, a function, its sandbox."""

    name: str
    process: psutil.Process


#: By pid: the name, and seconds of CPU since it began.
Clocks = dict[int, tuple[str, float]]
#: By name and pid: how much or how many.
Held = dict[tuple[str, int], float]


def members(home: Path) -> list[Member]:
    """All that `pagebus up` started in this home, and their children."""
    roots = {part: found for part in PARTS if (found := state.process_of(home, part))}
    return [member for part, root in roots.items() for member in _family(part, psutil.Process(root.pid))]


def clocks(home: Path) -> Clocks:
    return {member.process.pid: (member.name, used) for member, used in _each(members(home), _seconds)}


def spent(before: Clocks, after: Clocks) -> dict[str, float]:
    """Seconds of CPU by name; of what has ended in between, only what its parent was told."""
    used: dict[str, float] = {}
    for pid, (name, seconds) in after.items():
        used[name] = used.get(name, 0.0) + seconds - before.get(pid, (name, 0.0))[1]
    return used


def together(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in (*one, *other)}


def listed(seconds: Mapping[str, float], count: int) -> str:
    """Milliseconds for each of `count`, by name, the most first."""
    most_first = sorted(seconds.items(), key=lambda spent: -spent[1])
    return ", ".join(f"{name} {1000 * used / count:.0f}" for name, used in most_first if used > 0)


def memory(home: Path) -> Held:
    """Megabytes; pages that several processes share are counted in parts (PSS)."""
    return {(member.name, member.process.pid): used for member, used in _each(members(home), _megabytes)}


@contextmanager
def watched(home: Path, every: float) -> Iterator[list[tuple[float, Held]]]:
    """Memory again and again, with the time of each look, for as long as the context lasts."""
    looks: list[tuple[float, Held]] = []
    enough = threading.Event()

    def look() -> None:
        while not enough.wait(every):
            looks.append((time.monotonic(), memory(home)))

    thread = threading.Thread(target=look, name="memory")
    thread.start()
    try:
        yield looks
    finally:
        enough.set()
        thread.join()


def _family(part: str, root: psutil.Process) -> Iterator[Member]:
    names = {root.pid: part}
    yield Member(part, root)
    for process in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            names[process.pid] = _name(names.get(process.ppid(), part), " ".join(process.cmdline()))
            yield Member(names[process.pid], process)


def _name(parent: str, command: str) -> str:
    if _ZYGOTE in command:
        return parent if parent.endswith(" sandbox") else f"{parent} sandbox"
    return found[1] if (found := _FUNCTION.search(command)) else parent


def _each(members: Iterable[Member], ask: Callable[[Member], float]) -> Iterator[tuple[Member, float]]:
    for member in members:
        with suppress(psutil.NoSuchProcess):
            yield member, ask(member)


def _seconds(member: Member) -> float:
    """With those of children that have ended; the twin's children are counted while they live."""
    used = member.process.cpu_times()
    ended = 0.0 if member.name == "twin" else used.children_user + used.children_system
    return float(used.user + used.system + ended)


def _megabytes(member: Member) -> float:
    return float(member.process.memory_full_info().pss / _MB)
