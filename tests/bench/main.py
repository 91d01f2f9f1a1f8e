"""`python -m tests.bench [--quick] [--only NAME[,NAME]]`: measure, show, and write bench.json."""

import argparse
import signal
import time
from collections.abc import Iterator, Sequence
from subprocess import SubprocessError

from local.cli import interrupts
from local.cli.screen import notes, out
from tests.bench import report
from tests.bench.figures import KINDS, Figure
from tests.bench.plan import PLAN, Measurement
from tests.bench.sizes import FULL, QUICK, Sizes
from tests.bench.systems import Say, up
from tests.kit import ROOT, Running

_FAILED, _IMPOSSIBLE = 1, 2


def run() -> int:
    """The exit status: 0 when all was measured, whether or not aims were met."""
    arguments = _arguments()
    wanted = {name for name in KINDS if not arguments.only or name.startswith(tuple(arguments.only))}
    if unknown := [start for start in arguments.only if not any(name.startswith(start) for name in KINDS)]:
        notes.print(f"No figure is called {', '.join(unknown)}. There are: {', '.join(KINDS)}.", markup=False)
        return _IMPOSSIBLE
    _heed()
    began = time.monotonic()

    def say(text: str) -> None:
        notes.print(f"{time.monotonic() - began:5.0f} s  {text}", markup=False)

    figures = list(_measured(wanted, QUICK if arguments.quick else FULL, say))
    report.show(figures, out)
    report.write(figures, ROOT / "bench.json")
    return _FAILED if any(figure.failed for figure in figures) else 0


def _measured(wanted: set[str], sizes: Sizes, say: Say) -> Iterator[Figure]:
    for system, measurements in PLAN.items():
        chosen = [measurement for measurement in measurements if wanted & set(measurement.figures)]
        if not chosen:
            continue
        if system.platform != "none":
            say(f"starting the {system.platform} platform and the twin")
        left = list(chosen)
        try:
            with up(system) as there:
                while left:
                    yield from _guarded(left.pop(0), there, sizes, say)
                say("bringing it down")
        except (AssertionError, OSError, SubprocessError) as error:
            say(f"the system did not come up or go down: {error}")
            yield from _failures(left, error)


def _guarded(measurement: Measurement, there: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    """One measurement that fails is told, and stops no other."""
    measured: list[Figure] = []
    try:
        measured.extend(measurement.measure(there, sizes, say))
    except Exception as error:  # noqa: BLE001  # whatever it is, the others are still worth measuring
        measured = [*_failures([measurement], error)]
    yield from measured


def _failures(measurements: Sequence[Measurement], error: Exception) -> Iterator[Figure]:
    for name in (name for measurement in measurements for name in measurement.figures):
        yield Figure(name, None, f"not measured: {type(error).__name__}: {error}", failed=True)


def _heed() -> None:
    """Ctrl-C ends the measuring once; what it brings down is then not disturbed."""

    def told(*_: object) -> None:
        interrupts.ignore()
        raise KeyboardInterrupt

    hung_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)  # as nohup wishes
    for number in (signal.SIGINT, signal.SIGTERM, *hung_up):
        signal.signal(number, told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: under five minutes on two cores")
    parser.add_argument(
        "--only", type=_names, default=[], metavar="NAME[,NAME]", help="figures that begin so, and their like"
    )
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]
