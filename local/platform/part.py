"""A part of the platform: one server process of a home, what it needs first, and when it counts as up."""

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import KafkaException

from local.platform import process, state
from local.platform.errors import PlatformError

# A Java server on a busy laptop takes this long at worst.
START_S = 60.0
STOP_S = 20.0
_POLL_S = 0.05
_NOT_YET = (OSError, KafkaException, BotoCoreError, ClientError, psycopg.Error)


@dataclass(frozen=True)
class Part:
    """`prepare` lays on disk what is missing; `provision` raises until the part answers, and makes what others use."""

    name: str
    command: list[str]
    port: int | None  # none where the part picks one itself
    provision: Callable[[], None]
    prepare: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM


def bring_up(home: Path, part: Part) -> None:
    """Make sure that the part runs and is provisioned, whether it runs already, is just ending, or is not there."""
    running = state.process_of(home, part.name)
    if running is not None and _comes_up(home, part, running):
        return
    if not _comes_up(home, part, _launch(home, part)):
        raise _not_up(home, part, "ended")


def take_down(home: Path, part: Part) -> None:
    """End the part's process, if it is still the one that was started here."""
    running = state.process_of(home, part.name)
    if running is not None:
        process.end(running, part.stop_signal, STOP_S)
    state.forget_process(home, part.name)


def _launch(home: Path, part: Part) -> process.Process:
    if part.port is not None and not state.is_free(part.port):
        raise PlatformError(
            f"The platform's {part.name} was at port {part.port}, which another program has taken. "
            "Stop the platform (`pagebus down`) and start it again: it will find other ports."
        )
    part.prepare()
    log = state.log_of(home, part.name)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    started = process.spawn(part.command, part.environment, log)
    state.remember_process(home, part.name, started)
    return started


def _comes_up(home: Path, part: Part, running: process.Process) -> bool:
    """Wait until the part is provisioned; false when its process ends before."""
    deadline = time.monotonic() + START_S
    while process.alive(running):
        try:
            part.provision()
        except _NOT_YET as error:
            if time.monotonic() > deadline:
                raise _not_up(home, part, f"did not answer within {START_S:.0f} s ({error})") from error
            time.sleep(_POLL_S)
        else:
            return True
    return False


def _not_up(home: Path, part: Part, what: str) -> PlatformError:
    log = state.log_of(home, part.name)
    lines = log.read_text(errors="replace").splitlines()[-8:] or ["(nothing)"]
    said = "".join(f"\n  {line}" for line in lines)
    return PlatformError(
        f"The platform's {part.name} {what}. Its last words, in {log}:{said}\nMend that, then start again."
    )
