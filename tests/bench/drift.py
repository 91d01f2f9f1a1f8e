"""Whether thousands of documents leave traces: in time, open files, children and memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from psutil import NoSuchProcess

from events.topics import DOCUMENTS
from tests.bench.documents import slip
from tests.bench.figures import Figure
from tests.bench.load import Watch, pump, watching
from tests.bench.pace import Cores, Pace
from tests.bench.processes import Held, clocks, members, spent
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running

_UNDER_WAY = 12
_BATCHES = 4


@dataclass(frozen=True)
class State:
    """What processes hold while nothing is under way, by name and pid."""

    files: Held
    children: Held
    megabytes: Held


@dataclass(frozen=True)
class Batch:
    """How fast it was, and what was held afterwards."""

    pace: Pace
    after: State


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    with watching(system, DOCUMENTS) as watch:
        say("drift: warming up")
        _batch(system, watch, sizes.batch // 2)
        batches = []
        for number in range(_BATCHES):
            batches.append(_batch(system, watch, sizes.batch))
            told = f"{_ms(batches[-1])} ms per document"
            say(f"drift: documents up to {(number + 1) * sizes.batch} of {_BATCHES * sizes.batch}: {told}")
    yield from _figures(batches, sizes)


def _batch(system: Running, watch: Watch, count: int) -> Batch:
    documents = [(f"in/bench/{uuid4()}.png", slip()) for _ in range(count)]
    before, cores = clocks(system.home), Cores()
    pumped = pump(system, watch, documents, under_way=_UNDER_WAY)
    cpu = sum(spent(before, clocks(system.home)).values())
    pace = Pace(count / (pumped.ends[-1] - pumped.begun), cpu / count, cores.left(cpu))
    return Batch(pace, _state(system.home))


def _state(home: Path) -> State:
    state = State({}, {}, {})
    for member in members(home):
        key = (member.name, member.process.pid)
        try:
            state.files[key] = member.process.num_fds()
            state.children[key] = len(member.process.children())
            state.megabytes[key] = member.process.memory_full_info().uss / 1e6
        except NoSuchProcess:
            continue
    return state


def _figures(batches: Sequence[Batch], sizes: Sizes) -> Iterator[Figure]:
    first, last = batches[0], batches[-1]
    how = (
        f"{_BATCHES * sizes.batch} one-page scans of a few words: time per document over the last {sizes.batch} "
        f"({_ms(last)} ms) by the time over the first ({_ms(first)} ms), each by the cores that others left"
    )
    yield Figure("drift_2000", first.pace.fair / last.pace.fair, how)
    how = f"the same in CPU: {1000 * last.pace.cpu:.0f} ms by {1000 * first.pace.cpu:.0f} ms"
    yield Figure("drift_2000_cpu", last.pace.cpu / first.pace.cpu, how)
    for name, what, before, after in (
        ("drift_fds", "open files, sockets among them", first.after.files, last.after.files),
        ("drift_children", "children", first.after.children, last.after.children),
        ("drift_uss_mb", "MB of memory of its own", first.after.megabytes, last.after.megabytes),
    ):
        key = _grown(before, after)
        held = f"{key[0]} {before[key]:.0f} to {after[key]:.0f} {what}"
        how = f"the most that any process grew by from the first {sizes.batch} to the last: {held}"
        yield Figure(name, after[key] - before[key], how)


def _grown(first: Held, last: Held) -> tuple[str, int]:
    """The process that holds the most more."""
    return max(first.keys() & last.keys(), key=lambda key: last[key] - first[key])


def _ms(batch: Batch) -> str:
    return f"{1000 / batch.pace.rate:.0f}"
