"""Compare each engine, the route and the consensus: python -m tests.accuracy.judge CORPUS [CACHE] [MIN_CONFIDENCE].

Route and consensus of a page use calibrations that were fitted without any page of its document.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple, Never

from functions.engine.consensus.lexicon import build_word_check
from functions.engine.consensus.merging import merge_readings
from functions.engine.routing.calibration import Calibration, calibrate_reading
from functions.engine.routing.decisions import route_after_reading, route_before_reading
from functions.intake.settings import IntakeSettings
from local.evaluation.metrics import TextMetrics
from tests.accuracy.corpus import iterate_samples
from tests.accuracy.fitting import exclude_document, fit_calibration
from tests.accuracy.readings import READERS, EvaluatedPage, build_request, measure_text, read_samples


class Outcome(NamedTuple):
    """The result of a page, its seconds of CPU, and the engines that read it."""

    page: EvaluatedPage
    text: str
    seconds: float
    engines: tuple[str, ...]

    @property
    def measures(self) -> TextMetrics:
        return measure_text(self.page.sample, self.text)

    @property
    def error_rate(self) -> float:
        """The character error rate."""
        return self.measures.cer


#: For each document, the engines' calibrations that were fitted without it.
Calibrations = Mapping[str, Mapping[str, Calibration]]


def fit_without_each_document(pages: Sequence[EvaluatedPage]) -> Calibrations:
    """Return for each document the calibrations that were fitted without it."""
    return {
        document: {engine: fit_calibration(engine, READERS, exclude_document(pages, document)) for engine in READERS}
        for document in sorted({page.sample.document for page in pages})
    }


def route_pages(pages: Sequence[EvaluatedPage], calibrations: Calibrations, min_confidence: float) -> list[Outcome]:
    """Return the outcomes of the router's decisions."""
    return [_route_page(page, calibrations[page.sample.document], min_confidence) for page in pages]


def merge_pages(pages: Sequence[EvaluatedPage], calibrations: Calibrations) -> list[Outcome]:
    """Return the outcomes of the consensus of the first two engines."""
    return [_merge_page(page, calibrations[page.sample.document]) for page in pages]


def _merge_page(page: EvaluatedPage, calibrations: Mapping[str, Calibration]) -> Outcome:
    engines = tuple(READERS)[:2]
    evaluated = [page.readings[engine] for engine in engines]
    first, second = (
        calibrate_reading(each.reading, each.measurements, calibrations[engine])
        for engine, each in zip(engines, evaluated, strict=True)
    )
    began = time.process_time()
    merged = merge_readings(first, second, build_word_check((page.sample.language,)))
    seconds = time.process_time() - began + sum(each.seconds for each in evaluated)
    return Outcome(page, merged.text, seconds, engines)


def _route_page(page: EvaluatedPage, calibrations: Mapping[str, Calibration], min_confidence: float) -> Outcome:
    request, best, engines, seconds = build_request(min_confidence=min_confidence), None, [], 0.0
    while True:
        evaluated, calibration = page.readings[request.engine], calibrations[request.engine]
        decision = route_before_reading(request, evaluated.measurements, calibration)
        if decision is None:
            reading = calibrate_reading(evaluated.reading, evaluated.measurements, calibration)
            seconds += evaluated.seconds
            engines.append(request.engine)
            best = reading if best is None or best.confidence <= reading.confidence else best
            decision = route_after_reading(request, reading, best, calibration)
        if decision is None:
            return Outcome(page, best.text, seconds, tuple(engines)) if best else _raise_unread()
        request = request.model_copy(update={"route": decision.route}).forward_to_next_engine(
            None, why="", now=request.requested_at
        )


def _raise_unread() -> Never:
    raise AssertionError("no engine read the page, although the last one of a route always does")


def _print_report(columns: Mapping[str, Sequence[Outcome]]) -> None:
    write = sys.stdout.write
    write(f"{'':26}" + "".join(f"{name:>14}" for name in columns) + "\n")
    measures: dict[str, Callable[[Sequence[Outcome]], float]] = {
        "mean CER": lambda outcomes: fmean(outcome.error_rate for outcome in outcomes),
        "median CER": lambda outcomes: median(outcome.error_rate for outcome in outcomes),
        "seconds of CPU": lambda outcomes: sum(outcome.seconds for outcome in outcomes),
        "share of second readings": lambda outcomes: fmean(len(outcome.engines) > 1 for outcome in outcomes),
    }
    for name, measure in measures.items():
        write(f"{name:26}" + "".join(f"{measure(outcomes):14.4f}" for outcomes in columns.values()) + "\n")
    groups = sorted({_get_group(outcome) for outcome in columns["routed"]})
    for group in groups:
        rates = {
            name: [outcome.error_rate for outcome in outcomes if _get_group(outcome) == group]
            for name, outcomes in columns.items()
        }
        write(f"{' '.join(group):26}" + "".join(f"{fmean(rate):14.4f}" for rate in rates.values()) + "\n")
    for group in groups:
        umlauts = {
            name: _compute_umlaut_error_rate([outcome for outcome in outcomes if _get_group(outcome) == group])
            for name, outcomes in columns.items()
        }
        if any(umlauts.values()):
            write(f"{f'umlauts, {group[1]}':26}" + "".join(f"{rate or 0:14.4f}" for rate in umlauts.values()) + "\n")
    for outcome in sorted(columns["routed"], key=lambda outcome: -outcome.error_rate)[:5]:
        write(f"worst: {outcome.page.sample.name} {outcome.error_rate:.3f} by {'+'.join(outcome.engines)}\n")


def _compute_umlaut_error_rate(outcomes: Sequence[Outcome]) -> float | None:
    """Return lost and invented umlauts as a share of all umlauts, or None if the texts have none."""
    measures = [outcome.measures for outcome in outcomes]
    umlauts = sum(each.umlauts for each in measures)
    return sum(each.umlauts_lost + each.umlauts_invented for each in measures) / umlauts if umlauts else None


def _get_group(outcome: Outcome) -> tuple[str, str]:
    return outcome.page.sample.language, outcome.page.sample.group


def main(corpus: str, cache: str = "/tmp/pagebus-accuracy", min_confidence: str = "") -> None:  # noqa: S108  # readings of public pages
    """Read the corpus and print a report."""
    pages = read_samples(iterate_samples(Path(corpus)), Path(cache))
    single = {
        engine: [
            Outcome(page, page.readings[engine].reading.text, page.readings[engine].seconds, (engine,))
            for page in pages
        ]
        for engine in READERS
    }
    best = [min(outcomes, key=lambda outcome: outcome.error_rate) for outcomes in zip(*single.values(), strict=True)]
    calibrations = fit_without_each_document(pages)
    threshold = float(min_confidence or IntakeSettings.model_fields["min_confidence"].default)
    combined = {
        "routed": route_pages(pages, calibrations, threshold),
        "consensus": merge_pages(pages, calibrations),
    }
    columns = {**single, **combined, "best of all": best}
    _print_report(columns)


if __name__ == "__main__":
    main(*sys.argv[1:])
