"""`python -m tests.bench [--quick] [--only NAME[,NAME]]`: measure, show, and write bench.json."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from local.cli import interrupts
from local.cli.screen import notes, out
from tests.bench import book, cold, drift, idle, latency, persistence, report, throughput
from tests.bench.figures import KINDS, Figure
from tests.bench.sizes import FULL, QUICK, Sizes
from tests.bench.systems import ASLEEP, AWAKE, PERSISTENCE_ALONE, Say, System, up
from tests.kit import ROOT, Running

_FAILED, _IMPOSSIBLE = 1, 2


class Measurement(NamedTuple):
    """What measures figures, those whose names begin like one of these."""

    measure: Callable[[Running, Sizes, Say], Iterator[Figure]]
    names: tuple[str, ...]

    @property
    def figures(self) -> list[str]:
        return [name for name in KINDS if name.startswith(self.names)]


#: What is measured on the same running system, in this order.
PLAN: dict[System, tuple[Measurement, ...]] = {
    AWAKE: (
        Measurement(throughput.measure, ("pipeline",)),
        Measurement(latency.measure, ("announced", "uploaded")),
        Measurement(book.measure, ("book",)),
        Measurement(drift.measure, ("drift",)),
    ),
    ASLEEP: (Measurement(cold.measure, ("cold", "all_cold")), Measurement(idle.measure, ("idle",))),
    PERSISTENCE_ALONE: (Measurement(persistence.measure, ("persistence", "postgres")),),
}


def main() -> int:
    """The exit status: 0 when all was measured, whether or not aims were met."""
    arguments = _arguments()
    if unknown := sorted(set(arguments.only) - set(KINDS)):
        notes.print(f"No figure is called {', '.join(unknown)}. There are: {', '.join(KINDS)}.", markup=False)
        return _IMPOSSIBLE
    _heed()
    began = time.monotonic()

    def say(text: str) -> None:
        notes.print(f"{time.monotonic() - began:5.0f} s  {text}", markup=False)

    figures = list(_measured(set(arguments.only or KINDS), QUICK if arguments.quick else FULL, say))
    report.show(figures, out)
    report.write(figures, ROOT / "bench.json")
    return _FAILED if any(figure.failed for figure in figures) else 0


def _measured(wanted: set[str], sizes: Sizes, say: Say) -> Iterator[Figure]:
    for system, measurements in PLAN.items():
        chosen = [measurement for measurement in measurements if wanted & set(measurement.figures)]
        if not chosen:
            continue
        say(f"starting the {system.platform} platform and the twin")
        try:
            with up(system) as there:
                for measurement in chosen:
                    yield from _guarded(measurement, there, sizes, say)
                say("bringing it down")
        except (AssertionError, OSError) as error:
            yield from _failures(chosen, error)


def _guarded(measurement: Measurement, there: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    """One measurement that fails is told, and stops no other."""
    measured: list[Figure] = []
    try:
        measured.extend(measurement.measure(there, sizes, say))
    except Exception as error:  # noqa: BLE001  # whatever it is, the others are still worth measuring
        measured = [*_failures([measurement], error)]
    yield from measured


def _failures(measurements: Sequence[Measurement], error: Exception) -> Iterator[Figure]:
    for measurement in measurements:
        for name in measurement.figures:
            yield Figure(name, None, f"not measured: {type(error).__name__}: {error}", failed=True)


def _heed() -> None:
    """Ctrl-C ends the measuring once; what it brings down is then not disturbed."""

    def told(*_: object) -> None:
        interrupts.ignore()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: under five minutes on two cores")
    parser.add_argument("--only", type=_names, default=[], metavar="NAME[,NAME]", help="these figures, and their like")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        notes.print("Interrupted; everything is down.")
        sys.exit(130)
