"""What is measured, what we aim at, and what came out."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Aim(NamedTuple):
    """A bound that a value shall not miss."""

    sign: Literal[">=", "<="]
    bound: float

    def met(self, value: float) -> bool:
        return value >= self.bound if self.sign == ">=" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


class Kind(NamedTuple):
    """A figure before it is measured."""

    unit: str
    aim: Aim | None = None


#: Models, and pages that share a pass.
BATCHED, BATCHES = ("got", "janus", "deepseek"), (1, 2, 4, 8)

KINDS = {
    "pipeline_over_engine": Kind("ratio", Aim(">=", 0.95)),
    "pipeline_over_engine_cpu": Kind("ratio"),
    "pipeline_over_ocrmypdf": Kind("ratio", Aim(">=", 1.3)),
    "pipeline_over_ocrmypdf_cpu": Kind("ratio"),
    "announced_to_completed_ms": Kind("ms", Aim("<=", 100)),
    "announced_to_completed_p95_ms": Kind("ms"),
    "uploaded_to_completed_ms": Kind("ms"),
    "uploaded_to_completed_p95_ms": Kind("ms"),
    "cold_beyond_reading_s": Kind("s", Aim("<=", 1.0)),
    "all_cold_s": Kind("s"),
    "idle_twin_mb": Kind("MB", Aim("<=", 100)),
    "idle_all_mb": Kind("MB", Aim("<=", 350)),
    "book_1000_peak_mb": Kind("MB", Aim("<=", 600)),
    "book_1000_flatness": Kind("ratio"),
    "drift_2000": Kind("ratio", Aim("<=", 1.05)),
    "drift_2000_cpu": Kind("ratio"),
    "drift_fds": Kind("files"),
    "drift_children": Kind("processes"),
    "drift_uss_mb": Kind("MB"),
    "persistence_events_per_s": Kind("1/s", Aim(">=", 400)),
    "persistence_cpu_ms_per_event": Kind("ms"),
    "postgres_cpu_ms_per_event": Kind("ms"),
    "twin_added_ms": Kind("ms", Aim("<=", 3)),
    "twin_added_p95_ms": Kind("ms"),
    "twin_added_cpu_ms": Kind("ms", Aim("<=", 2)),
    "twin_burst_mean_difference": Kind("replicas", Aim("<=", 0.5)),
    "twin_burst_largest_difference": Kind("replicas", Aim("<=", 1)),
    "twin_50_functions_mb": Kind("MB", Aim("<=", 100)),
    **{f"batching_{model}_{batch}_s": Kind("s") for model in BATCHED for batch in BATCHES},
}


@dataclass(frozen=True)
class Figure:
    """`value` is None where there is none; `how` says how it was measured, or why it was not."""

    name: str
    value: float | None
    how: str
    failed: bool = False

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def met(self) -> bool | None:
        """None where nothing was measured, or nothing is aimed at."""
        return None if self.value is None or self.kind.aim is None else self.kind.aim.met(self.value)

    def told(self) -> dict[str, str | float | None]:
        aim = str(self.kind.aim) if self.kind.aim else None
        value = None if self.value is None else round(self.value, 3)
        return {"name": self.name, "value": value, "unit": self.kind.unit, "aim": aim, "how": self.how}
