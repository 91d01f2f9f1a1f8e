"""`python -m tests.bench [--quick] [--only NAME[,NAME]]`: measure, print a report, and write bench.json."""

import argparse
import signal
import time
from collections.abc import Iterator, Sequence
from subprocess import SubprocessError

from local.cli.shell import interrupts
from local.cli.shell.screen import notes, out
from tests.bench import report
from tests.bench.figures import FIGURE_SPECS, Figure
from tests.bench.plan import PLAN, Measurement
from tests.bench.sizes import FULL, QUICK, Sizes
from tests.bench.systems import Log, run_system
from tests.kit import ROOT, PagebusStack

_FAILED, _USAGE_ERROR = 1, 2


def run() -> int:
    """Run the benchmark and return the exit status: 0 if everything was measured, even if aims are missed."""
    arguments = _parse_arguments()
    selected = {name for name in FIGURE_SPECS if not arguments.only or name.startswith(tuple(arguments.only))}
    if unknown := [start for start in arguments.only if not any(name.startswith(start) for name in FIGURE_SPECS)]:
        notes.print(f"No figure is called {', '.join(unknown)}. There are: {', '.join(FIGURE_SPECS)}.", markup=False)
        return _USAGE_ERROR
    _install_signal_handlers()
    began = time.monotonic()

    def log(text: str) -> None:
        notes.print(f"{time.monotonic() - began:5.0f} s  {text}", markup=False)

    figures = list(_measure_all(selected, QUICK if arguments.quick else FULL, log))
    report.print_figures(figures, out)
    report.write_figures(figures, ROOT / "bench.json")
    return _FAILED if any(figure.failed for figure in figures) else 0


def _measure_all(selected: set[str], sizes: Sizes, log: Log) -> Iterator[Figure]:
    for system, measurements in PLAN.items():
        chosen = [measurement for measurement in measurements if selected & set(measurement.figures)]
        if not chosen:
            continue
        if system.platform != "none":
            log(f"starting the {system.platform} platform and the twin")
        remaining = list(chosen)
        try:
            with run_system(system) as stack:
                while remaining:
                    yield from _measure_safely(remaining.pop(0), stack, sizes, log)
                log("stopping the stack")
        except (AssertionError, OSError, SubprocessError) as error:
            log(f"the stack did not start or stop: {error}")
            yield from _create_failed_figures(remaining, error)


def _measure_safely(measurement: Measurement, stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    """Run a measurement. If it fails, yield failed figures, so that the other measurements continue."""
    measured: list[Figure] = []
    try:
        measured.extend(measurement.measure(stack, sizes, log))
    except Exception as error:  # noqa: BLE001  # the other measurements continue after any error
        measured = [*_create_failed_figures([measurement], error)]
    yield from measured


def _create_failed_figures(measurements: Sequence[Measurement], error: Exception) -> Iterator[Figure]:
    for name in (name for measurement in measurements for name in measurement.figures):
        yield Figure(name, None, f"not measured: {type(error).__name__}: {error}", failed=True)


def _install_signal_handlers() -> None:
    """Let the first signal interrupt the benchmark, and ignore later ones, so that they do not disturb the cleanup."""

    def interrupt(*_: object) -> None:
        interrupts.ignore_signals()
        raise KeyboardInterrupt

    hung_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)  # nohup ignores SIGHUP
    for number in (signal.SIGINT, signal.SIGTERM, *hung_up):
        signal.signal(number, interrupt)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: under five minutes on two cores")
    parser.add_argument(
        "--only",
        type=_split_names,
        default=[],
        metavar="NAME[,NAME]",
        help="measure the figures whose names start with NAME",
    )
    return parser.parse_args()


def _split_names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]
