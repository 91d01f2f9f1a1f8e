"""The figures of the benchmark: their units, their aims and their measured values."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Aim(NamedTuple):
    """The aim of a figure: a lower or an upper bound of its value."""

    sign: Literal[">=", "<="]
    bound: float

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.sign == ">=" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


class FigureSpec(NamedTuple):
    """The unit of a figure, and its aim if it has one."""

    unit: str
    aim: Aim | None = None


#: The models of the batching measurement, and the numbers of pages per forward pass.
BATCH_MODELS, BATCH_SIZES = ("got", "janus", "deepseek"), (1, 2, 4, 8)

FIGURE_SPECS = {
    "pipeline_over_engine": FigureSpec("ratio", Aim(">=", 0.95)),
    "pipeline_over_engine_cpu": FigureSpec("ratio"),
    "pipeline_over_ocrmypdf": FigureSpec("ratio", Aim(">=", 1.3)),
    "pipeline_over_ocrmypdf_cpu": FigureSpec("ratio"),
    "announced_to_completed_ms": FigureSpec("ms", Aim("<=", 100)),
    "announced_to_completed_p95_ms": FigureSpec("ms"),
    "uploaded_to_completed_ms": FigureSpec("ms"),
    "uploaded_to_completed_p95_ms": FigureSpec("ms"),
    "cold_beyond_reading_s": FigureSpec("s", Aim("<=", 1.0)),
    "all_cold_s": FigureSpec("s"),
    "idle_twin_mb": FigureSpec("MB", Aim("<=", 100)),
    "idle_all_mb": FigureSpec("MB", Aim("<=", 350)),
    "book_1000_peak_mb": FigureSpec("MB", Aim("<=", 600)),
    "book_1000_flatness": FigureSpec("ratio"),
    "drift_2000": FigureSpec("ratio", Aim("<=", 1.05)),
    "drift_2000_cpu": FigureSpec("ratio"),
    "drift_fds": FigureSpec("files"),
    "drift_children": FigureSpec("processes"),
    "drift_uss_mb": FigureSpec("MB"),
    "persistence_events_per_s": FigureSpec("1/s", Aim(">=", 400)),
    "persistence_cpu_ms_per_event": FigureSpec("ms"),
    "postgres_cpu_ms_per_event": FigureSpec("ms"),
    "twin_added_ms": FigureSpec("ms", Aim("<=", 3)),
    "twin_added_p95_ms": FigureSpec("ms"),
    "twin_added_cpu_ms": FigureSpec("ms", Aim("<=", 2)),
    "twin_burst_mean_difference": FigureSpec("replicas", Aim("<=", 0.5)),
    "twin_burst_largest_difference": FigureSpec("replicas", Aim("<=", 1)),
    "twin_50_functions_mb": FigureSpec("MB", Aim("<=", 100)),
    **{f"batching_{model}_{batch}_s": FigureSpec("s") for model in BATCH_MODELS for batch in BATCH_SIZES},
}


@dataclass(frozen=True)
class Figure:
    """A measured value. `how` describes the measurement, or the reason why `value` is None."""

    name: str
    value: float | None
    how: str
    failed: bool = False

    @property
    def spec(self) -> FigureSpec:
        return FIGURE_SPECS[self.name]

    @property
    def is_met(self) -> bool | None:
        """The result of the comparison with the aim. None without a value or without an aim."""
        return None if self.value is None or self.spec.aim is None else self.spec.aim.is_met(self.value)

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the figure as in bench.json."""
        aim = str(self.spec.aim) if self.spec.aim else None
        value = None if self.value is None else round(self.value, 3)
        return {"name": self.name, "value": value, "unit": self.spec.unit, "aim": aim, "how": self.how}
