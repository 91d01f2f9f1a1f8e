"""The table beside an engine's reader, which makes confidences of different engines mean the same.

A logistic curve per question, fitted to shares of right characters (Papke and Wooldridge, Econometric Methods for
Fractional Response Variables, 1996). `python -m tests.accuracy.calibrate` makes the tables.
"""

import inspect
from collections.abc import Mapping
from functools import cache
from math import exp
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from events.event import Engine

FILE = "calibration.json"


class Weight(BaseModel, frozen=True, extra="forbid"):
    """What one signal counts. What lies outside of what was seen counts as its end: nothing is known beyond."""

    weight: float
    mean: float
    deviation: Annotated[float, Field(gt=0)]
    least: float
    most: float

    def of(self, value: float) -> float:
        """Its share in the sum."""
        return self.weight * (min(max(value, self.least), self.most) - self.mean) / self.deviation


class Curve(BaseModel, frozen=True, extra="forbid"):
    """From signals to the share of characters expected to be right."""

    intercept: float
    weights: Mapping[str, Weight]

    def expected(self, signals: Mapping[str, float]) -> float | None:
        """None where a signal is missing."""
        if not self.weights.keys() <= signals.keys():
            return None
        return 1 / (1 + exp(-self.intercept - sum(self.weights[name].of(signals[name]) for name in self.weights)))


class Calibration(BaseModel, frozen=True, extra="forbid"):
    """What was learnt of an engine."""

    made_from: str = Field(description="The pages and the version of the engine that it was learnt from.")
    read: Curve = Field(description="How right a reading of this engine is.")
    at_sight: Curve | None = Field(None, description="The same before it was read; absent where looks tell nothing.")
    others: Mapping[Engine, Curve] = Field({}, description="How right those engines will be on a page read here.")


@cache
def calibration_of(reader: type) -> Calibration | None:
    """The table in the folder of the reader's class; None for an engine that has none yet."""
    path = Path(inspect.getfile(reader)).with_name(FILE)
    return Calibration.model_validate_json(path.read_bytes()) if path.exists() else None
