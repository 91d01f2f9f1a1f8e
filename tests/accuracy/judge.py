"""Every engine alone, the route, a consensus, the best: python -m tests.accuracy.judge CORPUS [CACHE] [MIN_CONFIDENCE].

Routed pages and votes are decided with tables that were made without any page of their document.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple, Never

from functions.engine.consensus.consensus import consensus
from functions.engine.consensus.lexicon import lexicon
from functions.engine.routing.calibration import Calibration
from functions.engine.routing.routing import after_reading, at_sight, calibrated
from functions.intake.settings import IntakeSettings
from local.evaluation.measures import Measures
from tests.accuracy.corpus import samples
from tests.accuracy.fitting import left_out, table
from tests.accuracy.readings import READERS, Page, measured, pages, requested


class Outcome(NamedTuple):
    """How a page came out, by whom, and what it cost."""

    page: Page
    text: str
    seconds: float
    asked: tuple[str, ...]

    @property
    def measures(self) -> Measures:
        return measured(self.page.sample, self.text)

    @property
    def wrong(self) -> float:
        """The character error rate."""
        return self.measures.cer


#: By document, the engines' tables made without it.
Tables = Mapping[str, Mapping[str, Calibration]]


def unknowing(every: Sequence[Page]) -> Tables:
    """Tables that do not know the page's document."""
    return {
        document: {engine: table(engine, READERS, left_out(every, document)) for engine in READERS}
        for document in sorted({page.sample.document for page in every})
    }


def routed(every: Sequence[Page], tables: Tables, wanted: float) -> list[Outcome]:
    """The router's own decisions."""
    return [_played(page, tables[page.sample.document], wanted) for page in every]


def agreed(every: Sequence[Page], tables: Tables) -> list[Outcome]:
    """What the first two engines make of each page together."""
    return [_voted(page, tables[page.sample.document]) for page in every]


def _voted(page: Page, tables: Mapping[str, Calibration]) -> Outcome:
    asked = tuple(READERS)[:2]
    first, second = (calibrated(page.read[one].reading, page.read[one].look, tables[one]) for one in asked)
    began = time.process_time()
    made = consensus(first, second, lexicon((page.sample.language,)))
    seconds = time.process_time() - began + sum(page.read[one].seconds for one in asked)
    return Outcome(page, made.text, seconds, asked)


def _played(page: Page, tables: Mapping[str, Calibration], wanted: float) -> Outcome:
    request, best, asked, seconds = requested(min_confidence=wanted), None, [], 0.0
    while True:
        judged, known = page.read[request.engine], tables[request.engine]
        onward = at_sight(request, judged.look, known)
        if onward is None:
            mine = calibrated(judged.reading, judged.look, known)
            seconds += judged.seconds
            asked.append(request.engine)
            best = mine if best is None or best.confidence <= mine.confidence else best
            onward = after_reading(request, mine, best, known)
        if onward is None:
            return Outcome(page, best.text, seconds, tuple(asked)) if best else _never()
        request = request.model_copy(update={"route": onward.route}).passed_on(None, why="", now=request.requested_at)


def _never() -> Never:
    raise AssertionError("the last engine of a route reads the page")


def _print(columns: Mapping[str, Sequence[Outcome]]) -> None:
    told = sys.stdout.write
    told(f"{'':26}" + "".join(f"{name:>14}" for name in columns) + "\n")
    measures: dict[str, Callable[[Sequence[Outcome]], float]] = {
        "mean CER": lambda found: fmean(x.wrong for x in found),
        "median CER": lambda found: median(x.wrong for x in found),
        "seconds of CPU": lambda found: sum(x.seconds for x in found),
        "pages gone on": lambda found: fmean(len(x.asked) > 1 for x in found),
    }
    for name, measure in measures.items():
        told(f"{name:26}" + "".join(f"{measure(found):14.4f}" for found in columns.values()) + "\n")
    groups = sorted({(x.page.sample.language, x.page.sample.group) for x in columns["routed"]})
    for group in groups:
        of = {name: [x.wrong for x in found if _group(x) == group] for name, found in columns.items()}
        told(f"{' '.join(group):26}" + "".join(f"{fmean(wrong):14.4f}" for wrong in of.values()) + "\n")
    for group in groups:
        marks = {name: _umlauts([x for x in found if _group(x) == group]) for name, found in columns.items()}
        if any(marks.values()):
            told(f"{f'umlauts, {group[1]}':26}" + "".join(f"{wrong or 0:14.4f}" for wrong in marks.values()) + "\n")
    for x in sorted(columns["routed"], key=lambda x: -x.wrong)[:5]:
        told(f"worst: {x.page.sample.name} {x.wrong:.3f} by {'+'.join(x.asked)}\n")


def _umlauts(found: Sequence[Outcome]) -> float | None:
    """Lost or invented, as a share of those that there are; None where there are none."""
    there = sum(x.measures.umlauts for x in found)
    return sum(x.measures.umlauts_lost + x.measures.umlauts_invented for x in found) / there if there else None


def _group(outcome: Outcome) -> tuple[str, str]:
    return outcome.page.sample.language, outcome.page.sample.group


def main(corpus: str, cache: str = "/tmp/pagebus-accuracy", wanted: str = "") -> None:  # noqa: S108  # readings of public pages
    every = pages(samples(Path(corpus)), Path(cache))
    alone = {
        engine: [Outcome(p, (j := p.read[engine]).reading.text, j.seconds, (engine,)) for p in every]
        for engine in READERS
    }
    best = [min(outcomes, key=lambda outcome: outcome.wrong) for outcomes in zip(*alone.values(), strict=True)]
    tables = unknowing(every)
    least = float(wanted or IntakeSettings.model_fields["min_confidence"].default)
    made = {"routed": routed(every, tables, least), "consensus": agreed(every, tables)}
    columns = {**alone, **made, "best of all": best}
    _print(columns)


if __name__ == "__main__":
    main(*sys.argv[1:])
