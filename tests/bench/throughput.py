"""Measure the pages per second of the complete pipeline, compared with the engine alone and with ocrmypdf."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from events.topics import DOCUMENTS
from tests.bench.documents import SCANS, create_scans, load_sample
from tests.bench.engine import decode_first_page, start_tesseract
from tests.bench.figures import Figure
from tests.bench.load_generator import EventWatch, run_load, watch_topics
from tests.bench.ocrmypdf import NotInstalled, Ocrmypdf
from tests.bench.pace import CORE_COUNT, CoreMeter, Pace
from tests.bench.processes import add_by_name, compute_cpu_seconds, format_milliseconds, read_cpu_times
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import PagebusStack

#: Documents in flight: enough for every partition to have some, and few enough that uploads keep up.
_IN_FLIGHT = 8
#: Ended documents before the measurement starts.
_LEAD_IN = 4
_REPLICAS = 2
_MAX_WARM_UP_ROUNDS = 10

Runner = Callable[[], Pace]
Paces = Mapping[str, Pace]


class Pipeline:
    """The complete pipeline from the bucket to the end. `costs` has the CPU of all runs, by name of the process."""

    def __init__(self, stack: PagebusStack, watch: EventWatch, pages: int) -> None:
        self._system, self._watch, self._pages = stack, watch, pages
        self.costs: dict[str, float] = {}
        self.read = 0

    def run(self) -> Pace:
        """Read pages and return the pace after the first documents, with a constant number in flight."""
        documents = _create_uploads(_LEAD_IN + self._pages + _IN_FLIGHT)
        before, cores = read_cpu_times(self._system.home), CoreMeter()
        load = run_load(self._system, self._watch, documents, in_flight=_IN_FLIGHT)
        costs = compute_cpu_seconds(before, read_cpu_times(self._system.home))
        self.costs = add_by_name(self.costs, costs)
        self.read += len(documents)
        cpu = sum(costs.values())
        return Pace(load.compute_rate(_LEAD_IN, self._pages), cpu / len(documents), cores.compute_available(cpu))


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    kinds = [load_sample(name) for name in SCANS]
    with ExitStack() as contexts:
        watch = contexts.enter_context(watch_topics(stack, DOCUMENTS))
        engine = contexts.enter_context(start_tesseract(kinds))
        pipeline = Pipeline(stack, watch, sizes.pages)
        runners: dict[str, Runner] = {"engine": lambda: engine.read(sizes.pages), "pipeline": pipeline.run}
        log("throughput: warming up")
        folder = Path(contexts.enter_context(TemporaryDirectory()))
        try:
            runners["ocrmypdf"] = Ocrmypdf(folder, [decode_first_page(kind) for kind in kinds], sizes.pages).read
        except (NotInstalled, RuntimeError) as error:
            yield Figure("pipeline_over_ocrmypdf", None, str(error), failed=not isinstance(error, NotInstalled))
        _warm_up(stack, watch)
        engine.read(2 * CORE_COUNT)
        rounds = [_run_round(runners, number, sizes, log) for number in range(sizes.rounds)]
    yield from _compare_with_engine(rounds, pipeline, sizes)
    if "ocrmypdf" in runners:
        yield from _compare_with_ocrmypdf(rounds)


def _run_round(runners: Mapping[str, Runner], number: int, sizes: Sizes, log: Log) -> Paces:
    """Run each competitor once. Every second round has the reverse order."""
    names = list(runners)[:: -1 if number % 2 else 1]
    paces = {name: runners[name]() for name in names}
    details = ", ".join(f"{name} {pace.rate:.2f} pages/s" for name, pace in paces.items())
    log(f"throughput: round {number + 1} of {sizes.rounds}: {details}")
    return paces


def _warm_up(stack: PagebusStack, watch: EventWatch) -> None:
    """Read documents until the engine has two replicas. Raise AssertionError if it never has."""
    for _ in range(_MAX_WARM_UP_ROUNDS):
        run_load(stack, watch, _create_uploads(_IN_FLIGHT), in_flight=_IN_FLIGHT)
        if stack.get_function("tesseract")["ready"] >= _REPLICAS:
            return
    raise AssertionError(f"tesseract did not reach {_REPLICAS} replicas in {_MAX_WARM_UP_ROUNDS} rounds")


def _create_uploads(count: int) -> list[tuple[str, bytes]]:
    return [(f"in/bench/{name}", content) for name, content in create_scans(count)]


def _compare_with_engine(rounds: Sequence[Paces], pipeline: Pipeline, sizes: Sizes) -> Iterator[Figure]:
    how = (
        f"{_format_rate(rounds, 'pipeline')}, from the bucket to document.completed, one-page scans at 200 dpi, "
        f"{_IN_FLIGHT} in flight; {_format_rate(rounds, 'engine')} of tesserocr alone, {CORE_COUNT} processes on the "
        f"same decoded gray pixels; per core that other programs left free; "
        f"median of {sizes.rounds} rounds of {sizes.pages} pages"
    )
    yield Figure("pipeline_over_engine", _compute_ratio(rounds, "engine"), how)
    costs = format_milliseconds(pipeline.costs, pipeline.read)
    how = f"CPU ms per page: engine alone {_format_cpu(rounds, 'engine')}; {costs}"
    yield Figure("pipeline_over_engine_cpu", _compute_cpu_ratio(rounds, "engine"), how)


def _compare_with_ocrmypdf(rounds: Sequence[Paces]) -> Iterator[Figure]:
    how = (
        f"{_format_rate(rounds, 'pipeline')} against {_format_rate(rounds, 'ocrmypdf')}, without its start: one PDF "
        f"of the same pixels, same language data, --jobs {CORE_COUNT} --output-type pdf --optimize 0 --sidecar; "
        f"in the same rounds"
    )
    yield Figure("pipeline_over_ocrmypdf", _compute_ratio(rounds, "ocrmypdf"), how)
    how = f"CPU ms per page: {_format_cpu(rounds, 'ocrmypdf')} divided by {_format_cpu(rounds, 'pipeline')}"
    yield Figure("pipeline_over_ocrmypdf_cpu", _compute_cpu_ratio(rounds, "ocrmypdf"), how)


def _compute_ratio(rounds: Sequence[Paces], other: str) -> float:
    return median(paces["pipeline"].rate_per_core / paces[other].rate_per_core for paces in rounds)


def _compute_cpu_ratio(rounds: Sequence[Paces], other: str) -> float:
    return median(paces[other].cpu_seconds / paces["pipeline"].cpu_seconds for paces in rounds)


def _format_rate(rounds: Sequence[Paces], name: str) -> str:
    rate, cores = (
        median(each)
        for each in zip(*((paces[name].rate, paces[name].available_cores) for paces in rounds), strict=True)
    )
    return f"{rate:.2f} pages/s with {cores:.1f} cores"


def _format_cpu(rounds: Sequence[Paces], name: str) -> str:
    return f"{1000 * median(paces[name].cpu_seconds for paces in rounds):.0f}"
