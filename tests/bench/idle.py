"""Memory of what stays when everything sleeps."""

from collections.abc import Iterator
from statistics import median

from events.topics import DOCUMENTS
from tests.bench.cold import asleep
from tests.bench.documents import scans
from tests.bench.figures import Figure
from tests.bench.load import pump, watching
from tests.bench.processes import members, memory
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running

_WORK = 12
_LOOKS = 5


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    del sizes  # an idle system is what it is
    say("idle: working, then falling asleep")
    with watching(system, DOCUMENTS) as watch:
        documents = [(f"in/bench/{name}", content) for name, content in scans(_WORK)]
        pump(system, watch, documents, under_way=_WORK)
    asleep(system)
    looks = [_by_name(system) for _ in range(_LOOKS)]
    asleep(system)
    parts = {name: median(look.get(name, 0.0) for look in looks) for name in looks[0]}
    told = ", ".join(f"{name} {used:.0f}" for name, used in parts.items())
    whole = sum(member.process.memory_info().rss for member in members(system.home) if member.name == "twin") / 1e6
    how = f"PSS (RSS {whole:.0f}) after {_WORK} pages, every function at zero, the reconciler too"
    yield Figure("idle_twin_mb", parts["twin"], how)
    yield Figure("idle_all_mb", sum(parts.values()), f"PSS with the embedded platform: {told}")


def _by_name(system: Running) -> dict[str, float]:
    used: dict[str, float] = {}
    for (name, _), megabytes in memory(system.home).items():
        used[name] = used.get(name, 0.0) + megabytes
    return used
