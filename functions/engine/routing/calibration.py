"""Calibrate the confidence of readings: compute the expected share of correct characters from signals.

Signals are numbers about a page and its reading.

An engine can have a calibration file beside its reader. The confidences of such engines are comparable. A file has one
logistic curve per prediction, fitted to shares of correct characters (Papke and Wooldridge, Econometric Methods
for Fractional Response Variables, 1996). `python -m tests.accuracy.calibrate` writes the files.

Other signals did not improve the predictions for real pages: words of a lexicon, unusual characters, word
lengths, words of one character, dark pixels, and the shape of the page.
"""

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from math import exp, sqrt
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from events.event import EngineName
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.routing.unread_strokes import UNREAD_STROKES
from functions.reading.reading import Reading

FILE_NAME = "calibration.json"
#: Pages with more ruling lines are predicted like pages with this number.
_MAX_RULING_LINES = 20


class SignalWeight(BaseModel, frozen=True, extra="forbid"):
    """The weight of one signal, in units of its standard deviation on the fitted pages.

    Values are limited to the range of the fitted pages, `minimum` to `maximum`.
    """

    weight: float
    mean: float
    deviation: Annotated[float, Field(gt=0)]
    minimum: float
    maximum: float

    def weigh(self, value: float) -> float:
        """Return the term of this signal in the sum that the logistic curve gets."""
        return self.weight * (min(max(value, self.minimum), self.maximum) - self.mean) / self.deviation


class Curve(BaseModel, frozen=True, extra="forbid"):
    """A logistic curve from signals to the expected share of correct characters."""

    intercept: float
    weights: Mapping[str, SignalWeight]

    def predict(self, signals: Mapping[str, float]) -> float | None:
        """Return the expected share of correct characters, or None if a signal is missing."""
        if not self.weights.keys() <= signals.keys():
            return None
        return 1 / (1 + exp(-self.intercept - sum(self.weights[name].weigh(signals[name]) for name in self.weights)))


class Calibration(BaseModel, frozen=True, extra="forbid"):
    """The fitted curves of one engine."""

    source: str = Field(description="The pages and the engine version of the fit.")
    after_reading: Curve = Field(description="Predicts the share of correct characters in a reading of this engine.")
    before_reading: Curve | None = Field(
        None, description="Predicts the same from page measurements alone; absent if these do not predict it."
    )
    other_engines: Mapping[EngineName, Curve] = Field(
        {}, description="Predict the share that other engines would get right, from a reading of this engine."
    )


@cache
def load_calibration(reader: type) -> Calibration | None:
    """Return the calibration in the folder of the reader's class, or None if there is none."""
    path = Path(inspect.getfile(reader)).with_name(FILE_NAME)
    return Calibration.model_validate_json(path.read_bytes()) if path.exists() else None


def collect_page_signals(measurements: PageMeasurements) -> Mapping[str, float]:
    """Return the signals that are known before a page is read."""
    return {
        "rules": float(min(measurements.ruling_lines, _MAX_RULING_LINES)),
        "text_height": measurements.text_height,
        "contrast": measurements.contrast,
        "noise": measurements.noise,
    }


def collect_signals(reading: Reading, measurements: PageMeasurements) -> Mapping[str, float]:
    """Return the signals that are known after a page is read.

    The result is empty if the reading has no text, or no confidence of words or lines.
    """
    rated = list(_iterate_confidences(reading))
    character_count = sum(length for _, length in rated)
    if not character_count:
        return {}
    signals = {
        **collect_page_signals(measurements),
        "sure": sum(confidence * length for confidence, length in rated) / character_count,
    }
    if UNREAD_STROKES in reading.signals:
        # The square root, because an increase from 0 to 1 % means more errors than one from 9 to 10 %.
        signals["unread"] = sqrt(reading.signals[UNREAD_STROKES])
    return signals


def _iterate_confidences(reading: Reading) -> Iterator[tuple[float, int]]:
    """Yield the confidence and length of each word, or of a line whose words have no confidence."""
    for line in reading.lines:
        words = [(word.confidence, len(word.text)) for word in line.words if word.confidence is not None]
        if words:
            yield from words
        elif line.confidence is not None:
            yield line.confidence, len(line.text)


def calibrate_reading(reading: Reading, measurements: PageMeasurements, calibration: Calibration | None) -> Reading:
    """Return the reading with its signals and its calibrated confidence.

    The engine's own confidence stays if there is no calibration, or if a signal is missing.
    """
    signals = collect_signals(reading, measurements)
    expected = calibration.after_reading.predict(signals) if calibration and signals else None
    confidence = reading.confidence if expected is None else expected
    return reading.model_copy(update={"signals": {**reading.signals, **signals}, "confidence": confidence})


def recalibrate_reading(reading: Reading, calibration: Calibration | None) -> Reading:
    """Return a stored reading with the confidence that the current calibration gives its signals.

    The stored confidence can come from an older calibration, and only confidences of one calibration are comparable.
    The stored confidence stays if there is no calibration, or if a signal is missing.
    """
    expected = calibration.after_reading.predict(reading.signals) if calibration else None
    return reading if expected is None else reading.model_copy(update={"confidence": expected})
