"""The twin as a process: started, asked and ended."""

import json
import signal
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import files
from local.cli.errors import Failed
from local.platform import process, state
from local.twin.left_out import LeftOut
from local.twin.services.process import sweep

_NAME = "twin"
_START_S = 60.0
# Longer than a page takes; what is still unread then is delivered again.
_DRAIN_S = 60.0
_POLL_S = 0.05
_ANSWER_S = 5.0


@dataclass(frozen=True)
class Twin:
    """`control` is where it tells its state, `urls` is where its public Services are."""

    pid: int
    control: str
    urls: Mapping[str, str]


def start(home: Path, manifests: Sequence[str], environment: Mapping[str, str]) -> Twin:
    """Start it and wait until it is up. Raises Failed with its last words."""
    folders = [word for folder in manifests for word in ("--manifests", folder)]
    # -P: the folder that somebody types this in is no place to look for our modules.
    command = [sys.executable, "-P", "-m", "local.twin.main", *folders, "--home", str(home)]
    log = state.log_of(home, _NAME)
    said_before = log.stat().st_size if log.exists() else 0
    spawned = process.spawn(command, environment, log)
    state.remember_process(home, _NAME, spawned)
    deadline = time.monotonic() + _START_S
    while (up := running(home)) is None:
        if not process.alive(spawned):
            raise Failed(f"The twin ended at once. Its last words, in {log}:\n{_last_words(log, said_before)}")
        if time.monotonic() > deadline:
            raise Failed(f"The twin was not up within {_START_S:.0f} s; {log} says more.")
        time.sleep(_POLL_S)
    return up


def running(home: Path) -> Twin | None:
    """The home's twin, if it is up."""
    remembered = state.process_of(home, _NAME)
    if remembered is None or not process.alive(remembered):
        return None
    try:
        said = json.loads((home / "twin.json").read_text())
    except FileNotFoundError:
        return None
    return Twin(said["pid"], said["control"], said["urls"]) if said["pid"] == remembered.pid else None


def alive(home: Path) -> bool:
    """Whether its process runs, up or not yet."""
    remembered = state.process_of(home, _NAME)
    return remembered is not None and process.alive(remembered)


def stop(home: Path, *, drain: bool = True) -> bool:
    """End it, after what is in flight if `drain`; whether there was one."""
    remembered, there = state.process_of(home, _NAME), alive(home)
    if remembered is not None:
        process.end(remembered, signal.SIGTERM if drain else signal.SIGKILL, _DRAIN_S)
    sweep(home.resolve())
    state.forget_process(home, _NAME)
    (home / "twin.json").unlink(missing_ok=True)
    return there


def port_of(home: Path, service: str) -> int:
    """Where the twin will show this Service: known before it starts, for those who have to be told first."""
    file = home / "ports.json"
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    if service not in known:
        known[service] = state.free_port()
        files.write(file, json.dumps(known))
    return known[service]


def ask(twin: Twin) -> dict[str, Any]:
    """Its state: functions, sources, urls, and how it scaled."""
    url = f"{twin.control}/state"
    try:
        with urllib.request.urlopen(url, timeout=_ANSWER_S) as answer:  # noqa: S310  # the twin's own loopback URL
            said: dict[str, Any] = json.load(answer)
    except OSError as error:
        raise Failed(
            f"The twin does not answer at {url}. Start it afresh: `pagebus down`, then `pagebus up`."
        ) from error
    return said


def functions(twin: Twin) -> set[str]:
    """The names of those that it runs, asleep or awake."""
    return {function["name"] for function in ask(twin)["functions"]}


def left_out(said: Mapping[str, Any]) -> list[LeftOut]:
    """The engines that it cannot run here, by its state."""
    return [LeftOut(**one) for one in said["left_out"]]


def unassigned(twin: Twin, patience: float) -> list[str]:
    """Wait until every source has its partitions; those that have not when `patience` (seconds) is over."""
    deadline = time.monotonic() + patience
    while late := [source["name"] for source in ask(twin)["sources"] if _is_late(source)]:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_S)
    return late


def _is_late(source: Mapping[str, Any]) -> bool:
    """Not one that Knative takes and never runs: nothing becomes of waiting for it."""
    return not source["assigned"] and not source.get("never_ready")


def _last_words(log: Path, said_before: int) -> str:
    with log.open("rb") as file:
        file.seek(said_before)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-8:]) or "(nothing)"
