"""The measurements of the benchmark, and the systems on which they run."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.bench import batching, book, burst, cold, cost, drift, idle, latency, many_functions, persistence, throughput
from tests.bench.figures import FIGURE_SPECS, Figure
from tests.bench.sizes import Sizes
from tests.bench.systems import (
    FIFTY_WORKERS,
    NO_STACK,
    PERSISTENCE_ONLY,
    SCALED_TO_ZERO,
    WARM_REPLICAS,
    WORKERS,
    Log,
    System,
)
from tests.kit import PagebusStack


class Measurement(NamedTuple):
    """A function that measures the figures whose names start with one of `names`."""

    measure: Callable[[PagebusStack, Sizes, Log], Iterator[Figure]]
    names: tuple[str, ...]

    @property
    def figures(self) -> list[str]:
        return [name for name in FIGURE_SPECS if name.startswith(self.names)]


#: Each system is started once. Its measurements run in this order.
PLAN: dict[System, tuple[Measurement, ...]] = {
    WARM_REPLICAS: (
        Measurement(throughput.measure, ("pipeline",)),
        Measurement(latency.measure, ("announced", "uploaded")),
        Measurement(book.measure, ("book",)),
        Measurement(drift.measure, ("drift",)),
    ),
    SCALED_TO_ZERO: (Measurement(cold.measure, ("cold", "all_cold")), Measurement(idle.measure, ("idle",))),
    PERSISTENCE_ONLY: (Measurement(persistence.measure, ("persistence", "postgres")),),
    WORKERS: (Measurement(cost.measure, ("twin_added",)), Measurement(burst.measure, ("twin_burst",))),
    FIFTY_WORKERS: (Measurement(many_functions.measure, ("twin_50",)),),
    NO_STACK: (Measurement(batching.measure, ("batching",)),),
}
