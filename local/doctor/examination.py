"""Checks at the same time, each in a time of its own; none of them can break another, or the whole."""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.doctor.finding import Finding, wrong

Check = Callable[[], list[Finding]]

# Checks bound what they wait for; this is for what nobody can bound, such as looking up a name.
PATIENCE_S = 90.0
# What an interrupted check has begun it first cleans up.
_CLEANING_S = 5.0


@dataclass(frozen=True)
class Look:
    """A check, and what to call it where it has nothing to say itself."""

    group: str
    name: str
    check: Check


@dataclass
class _Begun:
    look: Look
    found: list[Finding] = field(default_factory=list)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        # A daemon: what hangs must not keep the process from ending.
        self.thread = threading.Thread(target=self._do, daemon=True)
        self.thread.start()

    def _do(self) -> None:
        try:
            self.found = self.look.check()
        except Exception as error:  # noqa: BLE001  # whatever it is, the other checks are worth showing
            self.found = [_broken(self.look, error)]


def examine(looks: Sequence[Look], patience: float = PATIENCE_S) -> list[Finding]:
    """What they find, in their order. A check that is late, or fails, is a finding too."""
    deadline = time.monotonic() + patience
    begun = [_Begun(look) for look in looks]
    try:
        return [finding for one in begun for finding in _ended(one, deadline, patience)]
    except KeyboardInterrupt:
        deadline = time.monotonic() + _CLEANING_S
        for one in begun:
            one.thread.join(max(0.0, deadline - time.monotonic()))
        raise


def _ended(one: _Begun, deadline: float, patience: float) -> list[Finding]:
    one.thread.join(max(0.0, deadline - time.monotonic()))
    if not one.thread.is_alive():
        return one.found
    found = f"no answer within {patience:.0f} s"
    return [wrong(one.look.group, one.look.name, found, "Look at what it asks: the network, names, a full machine.")]


def _broken(look: Look, error: Exception) -> Finding:
    """Where it broke, and not what it said: that may hold anything."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    found = f"the check broke: {type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"
    return wrong(look.group, look.name, found, "That is our mistake; report it with this line.")
