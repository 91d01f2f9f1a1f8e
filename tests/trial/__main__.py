"""`python -m tests.trial [--minutes 10] [--seed N]`: run two twins on a real Kafka and count the events."""

import argparse
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from local.cli.shell.screen import out
from local.platform import lifecycle
from tests.trial.trial import Outcome, run_trial

_FAILED, _INTERRUPTED = 1, 130


def run() -> int:
    """Return the exit status: 0 if no event was lost and nothing else was wrong."""
    arguments = _parse_arguments()
    _print(f"SEED={arguments.seed}, {arguments.minutes:g} minutes")
    began = time.monotonic()

    def report(text: str) -> None:
        _print(f"{time.monotonic() - began:5.0f} s  {text}")

    # /var/tmp is on a disk, like the data of a real platform; /tmp may be in memory.
    folder = Path(mkdtemp(prefix="pagebus-trial-", dir="/var/tmp"))
    try:
        with _start_kafka(folder / "platform") as kafka:
            report("Kafka is up")
            outcome = run_trial(folder, kafka, 60 * arguments.minutes, arguments.seed, report)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    _print_outcome(outcome)
    if outcome.is_good:
        shutil.rmtree(folder)
        return 0
    _print(f"The logs and records are in {folder}.")
    return _FAILED


@contextmanager
def _start_kafka(home: Path) -> Iterator[str]:
    try:
        yield lifecycle.start_platform("real", home, notify=None).kafka
    finally:
        lifecycle.stop_platform(home)


def _print(text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)


def _print_outcome(outcome: Outcome) -> None:
    tally = outcome.tally
    _print(", ".join(f"{count} {fault}" for fault, count in sorted(outcome.faults.items())))
    _print(f"{tally.sent} events sent, {len(tally.lost)} lost, {len(tally.out_of_order)} out of order")
    each = ", ".join(f"{count} {topic}" for topic, count in tally.duplicates_by_topic.items())
    _print(f"{tally.duplicates} duplicates, {tally.duplicates / max(1, tally.sent):.2%} ({each})")
    _print(f"{outcome.uncommitted} records done and not committed at the end")
    for event in (*tally.lost, *tally.out_of_order)[:20]:
        _print(f"lost or out of order: {event.topic}, partition {event.partition}, number {event.n}")
    if wrong := [status for status in outcome.statuses if status]:
        _print(f"stopped twins ended with status {wrong}")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.trial", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="repeats the faults of another run")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(run())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing is left running.\n")
        sys.exit(_INTERRUPTED)
