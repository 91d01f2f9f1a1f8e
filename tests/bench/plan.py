"""What is measured on what."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.bench import batching, book, burst, cold, cost, drift, fifty, idle, latency, persistence, throughput
from tests.bench.figures import KINDS, Figure
from tests.bench.sizes import Sizes
from tests.bench.systems import ALONE, ASLEEP, AWAKE, FIFTY_ASLEEP, PERSISTENCE_ALONE, WORKERS, Say, System
from tests.kit import Running


class Measurement(NamedTuple):
    """What measures figures, those whose names begin like one of these."""

    measure: Callable[[Running, Sizes, Say], Iterator[Figure]]
    names: tuple[str, ...]

    @property
    def figures(self) -> list[str]:
        return [name for name in KINDS if name.startswith(self.names)]


#: Each system is brought up once, and measured in this order.
PLAN: dict[System, tuple[Measurement, ...]] = {
    AWAKE: (
        Measurement(throughput.measure, ("pipeline",)),
        Measurement(latency.measure, ("announced", "uploaded")),
        Measurement(book.measure, ("book",)),
        Measurement(drift.measure, ("drift",)),
    ),
    ASLEEP: (Measurement(cold.measure, ("cold", "all_cold")), Measurement(idle.measure, ("idle",))),
    PERSISTENCE_ALONE: (Measurement(persistence.measure, ("persistence", "postgres")),),
    WORKERS: (Measurement(cost.measure, ("twin_added",)), Measurement(burst.measure, ("twin_burst",))),
    FIFTY_ASLEEP: (Measurement(fifty.measure, ("twin_50",)),),
    ALONE: (Measurement(batching.measure, ("batching",)),),
}
