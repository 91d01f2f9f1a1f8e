"""`python -m tests.trial [--minutes 10] [--seed N]`: both twins on a real Kafka, and what became of the events."""

import argparse
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from local.cli.screen import out
from local.platform import lifecycle
from tests.trial.trial import Outcome, tried

_FAILED, _INTERRUPTED = 1, 130


def run() -> int:
    """The exit status: 0 when nothing was lost and all was as it should be."""
    arguments = _arguments()
    _say(f"SEED={arguments.seed}, {arguments.minutes:g} minutes")
    began = time.monotonic()

    def say(text: str) -> None:
        _say(f"{time.monotonic() - began:5.0f} s  {text}")

    # On a disk, as a platform that keeps its data is.
    folder = Path(mkdtemp(prefix="pagebus-trial-", dir="/var/tmp"))
    try:
        with _kafka(folder / "platform") as kafka:
            say("Kafka is up")
            outcome = tried(folder, kafka, 60 * arguments.minutes, arguments.seed, say)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    _tell(outcome)
    if outcome.is_good:
        shutil.rmtree(folder)
        return 0
    _say(f"What the twins and their functions wrote is in {folder}.")
    return _FAILED


@contextmanager
def _kafka(home: Path) -> Iterator[str]:
    try:
        yield lifecycle.start("real", home, notify=None).kafka
    finally:
        lifecycle.stop(home)


def _say(text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)


def _tell(outcome: Outcome) -> None:
    tally = outcome.tally
    _say(", ".join(f"{count} {fault}" for fault, count in sorted(outcome.faults.items())))
    _say(f"{tally.sent} events sent, {len(tally.lost)} lost, {len(tally.overtook)} out of order")
    each = ", ".join(f"{count} {topic}" for topic, count in tally.repeated.items())
    _say(f"{tally.duplicates} duplicates, {tally.duplicates / max(1, tally.sent):.2%} ({each})")
    _say(f"{outcome.uncommitted} records done and not committed at the end")
    for event in (*tally.lost, *tally.overtook)[:20]:
        _say(f"lost or out of order: {event.topic}, partition {event.partition}, number {event.n}")
    if wrong := [status for status in outcome.statuses if status]:
        _say(f"twins that were asked to leave ended with {wrong}")


def _arguments() -> argparse.Namespace:
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
