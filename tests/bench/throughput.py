"""Pages per second of the whole way, side by side with the engine alone and with ocrmypdf."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from events.topics import DOCUMENTS
from tests.bench.documents import SCANS, sample, scans
from tests.bench.engine import alone, raster
from tests.bench.figures import Figure
from tests.bench.load import Watch, pump, watching
from tests.bench.ocrmypdf import Absent, Ocrmypdf
from tests.bench.pace import CORES, Cores, Pace
from tests.bench.processes import clocks, listed, spent, together
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import Running

#: Documents under way: enough for every partition to have some, few enough to be handed in as they are read.
_UNDER_WAY = 8
#: Ends before the counting begins.
_LEAD = 4
_REPLICAS = 2
_MOST_WARMING = 10

Runner = Callable[[], Pace]
Paces = Mapping[str, Pace]


class Pipeline:
    """The whole way, as often as it is asked; `costs` is its CPU over all times."""

    def __init__(self, system: Running, watch: Watch, pages: int) -> None:
        self._system, self._watch, self._pages = system, watch, pages
        self.costs: dict[str, float] = {}
        self.read = 0

    def run(self) -> Pace:
        """The pace from the fourth end on, with as many under way all the time."""
        documents = _uploads(_LEAD + self._pages + _UNDER_WAY)
        before, cores = clocks(self._system.home), Cores()
        pumped = pump(self._system, self._watch, documents, under_way=_UNDER_WAY)
        costs = spent(before, clocks(self._system.home))
        self.costs = together(self.costs, costs)
        self.read += len(documents)
        cpu = sum(costs.values())
        return Pace(pumped.rate(_LEAD, self._pages), cpu / len(documents), cores.left(cpu))


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    kinds = [sample(name) for name in SCANS]
    with ExitStack() as stack:
        watch = stack.enter_context(watching(system, DOCUMENTS))
        engine = stack.enter_context(alone(kinds))
        pipeline = Pipeline(system, watch, sizes.pages)
        runners: dict[str, Runner] = {"engine": lambda: engine.read(sizes.pages), "pipeline": pipeline.run}
        say("throughput: warming up")
        folder = Path(stack.enter_context(TemporaryDirectory()))
        try:
            runners["ocrmypdf"] = Ocrmypdf(folder, [raster(kind) for kind in kinds], sizes.pages).read
        except (Absent, RuntimeError) as error:
            yield Figure("pipeline_over_ocrmypdf", None, str(error), failed=not isinstance(error, Absent))
        _warm(system, watch)
        engine.read(2 * CORES)
        rounds = [_round(runners, number, sizes, say) for number in range(sizes.rounds)]
    yield from _over_engine(rounds, pipeline, sizes)
    if "ocrmypdf" in runners:
        yield from _over_ocrmypdf(rounds)


def _round(runners: Mapping[str, Runner], number: int, sizes: Sizes, say: Say) -> Paces:
    """Each once, every other time in the other order."""
    names = list(runners)[:: -1 if number % 2 else 1]
    paces = {name: runners[name]() for name in names}
    told = ", ".join(f"{name} {pace.rate:.2f} pages/s" for name, pace in paces.items())
    say(f"throughput: round {number + 1} of {sizes.rounds}: {told}")
    return paces


def _warm(system: Running, watch: Watch) -> None:
    """Until as many replicas read as partitions can keep busy."""
    for _ in range(_MOST_WARMING):
        pump(system, watch, _uploads(_UNDER_WAY), under_way=_UNDER_WAY)
        if system.function("tesseract")["ready"] >= _REPLICAS:
            return
    raise AssertionError(f"tesseract has never had {_REPLICAS} replicas")


def _uploads(count: int) -> list[tuple[str, bytes]]:
    return [(f"in/bench/{name}", content) for name, content in scans(count)]


def _over_engine(rounds: Sequence[Paces], pipeline: Pipeline, sizes: Sizes) -> Iterator[Figure]:
    how = (
        f"{_rate(rounds, 'pipeline')}, from the bucket to document.completed, one-page scans at 200 dpi, {_UNDER_WAY} "
        f"under way; {_rate(rounds, 'engine')} of tesserocr alone, {CORES} processes on the same gray pixels, decoded "
        f"beforehand; by the cores that others left; median of {sizes.rounds} rounds of {sizes.pages} pages"
    )
    yield Figure("pipeline_over_engine", _ratio(rounds, "engine"), how)
    goes_to = f"CPU ms per page: engine alone {_cpu(rounds, 'engine')}; {listed(pipeline.costs, pipeline.read)}"
    yield Figure("pipeline_over_engine_cpu", _cpu_ratio(rounds, "engine"), goes_to)


def _over_ocrmypdf(rounds: Sequence[Paces]) -> Iterator[Figure]:
    how = (
        f"{_rate(rounds, 'pipeline')} against {_rate(rounds, 'ocrmypdf')}, its start taken off: one PDF of the same "
        f"pixels, same language data, --jobs {CORES} --output-type pdf --optimize 0 --sidecar; in the same rounds"
    )
    yield Figure("pipeline_over_ocrmypdf", _ratio(rounds, "ocrmypdf"), how)
    cpu = f"CPU ms per page: {_cpu(rounds, 'ocrmypdf')} over {_cpu(rounds, 'pipeline')}"
    yield Figure("pipeline_over_ocrmypdf_cpu", _cpu_ratio(rounds, "ocrmypdf"), cpu)


def _ratio(rounds: Sequence[Paces], other: str) -> float:
    return median(paces["pipeline"].fair / paces[other].fair for paces in rounds)


def _cpu_ratio(rounds: Sequence[Paces], other: str) -> float:
    return median(paces[other].cpu / paces["pipeline"].cpu for paces in rounds)


def _rate(rounds: Sequence[Paces], name: str) -> str:
    rate, left = (
        median(each) for each in zip(*((paces[name].rate, paces[name].left) for paces in rounds), strict=True)
    )
    return f"{rate:.2f} pages/s with {left:.1f} cores"


def _cpu(rounds: Sequence[Paces], name: str) -> str:
    return f"{1000 * median(paces[name].cpu for paces in rounds):.0f}"
