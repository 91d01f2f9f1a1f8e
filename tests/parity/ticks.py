"""What a recording `13-*` holds of a real autoscaler: what it was told, what it saw at each tick, what it did."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from local.manifests.serving import Service
from local.manifests.shape import go_seconds
from local.twin.services import kpa
from local.twin.services.autoscaler import config
from local.twin.services.concurrency import Buckets

# A report is counted a few milliseconds after the log has told of it.
_MOMENT = 0.005
# A request ends for an activator so much before its caller sends the next one.
_WAY = 0.002
_TICK = re.compile(r"stable = (-?[\d.]+); panic = (-?[\d.]+); target = [\d.]+ .*ReadyEndpointCount = (\d+)")
_STAT = re.compile(r"AverageConcurrentRequests:(\S+) AverageProxiedConcurrentRequests:(\S+)")
_SCRAPED = re.compile(r"\|OldPods\| = (\d+), \|YoungPods\| = (\d+)")
_PROXYING = re.compile(r"in proxy mode for: (\S+)")
_SCALED = re.compile(r"^Scaling from \d+ to (\d+)")
_RECONCILED = re.compile(r"PA scale got=(\d+), want=(-?\d+), desiredPods=(-?\d+) ebc=(-?\d+)")


@dataclass(frozen=True)
class Line:
    """One line of the autoscaler's log; `at` in seconds since 1970."""

    at: float
    message: str


@dataclass(frozen=True)
class Tick:
    """What a tick said, and what it may have seen: a report of its own moment was counted by then, or not yet."""

    at: float
    said: tuple[float, float]
    ready: int
    averages: tuple[tuple[float, float], ...]

    @property
    def seen(self) -> tuple[float, float]:
        return min(self.averages, key=lambda found: abs(found[0] - self.said[0]) + abs(found[1] - self.said[1]))


@dataclass(frozen=True)
class Reconcile:
    """What was ready, what was wanted for it, and the decision that this came from."""

    at: float
    ready: int
    want: int
    decision: kpa.Decision


@dataclass(frozen=True)
class Recording:
    """`requests` are when each came and went, as its caller saw it; the first may come when it `began`."""

    config: kpa.Config
    log: list[Line]
    requests: list[tuple[float, float]]
    template: dict[str, Any]
    load: dict[str, Any]
    began: float

    @property
    def is_whole(self) -> bool:
        """Whether it begins with nothing, and its log with it."""
        return bool(self.load["from_zero"]) and self.log[0].at < self.began + 1

    def ticks(self) -> Iterator[Tick]:
        """A log that begins in the middle says of its first window only what it saw, not what it was made of."""
        prompt, late = (_Window(self.config) for _ in range(2))
        held: list[tuple[float, float]] = []
        known = math.inf
        for line in self.log:
            if (value := _reported(line.message)) is not None:
                prompt.record(line.at, value)
                held.append((line.at, value))
            elif "No data to scale on yet" in line.message:
                known = min(known, line.at)
                assert prompt.stable.is_empty(line.at)
            elif tick := _TICK.search(line.message):
                while held and held[0][0] < line.at - _MOMENT:
                    late.record(*held.pop(0))
                said = float(tick[1]), float(tick[2])
                complete = line.at > min(known, self.log[0].at + self.config.window + 1)
                averages = (prompt.averages(line.at), late.averages(line.at)) if complete else (said,)
                yield Tick(line.at, said, int(tick[3]), averages)

    def reconciles(self) -> Iterator[Reconcile]:
        for line in self.log:
            if found := _RECONCILED.search(line.message):
                ready, want, desired, excess = map(int, found.groups())
                yield Reconcile(line.at, ready, want, kpa.Decision(desired, excess))

    def scalings(self) -> list[tuple[float, int]]:
        """From when on how many replicas were set."""
        return [(line.at, int(found[1])) for line in self.log if (found := _SCALED.search(line.message))]

    def decided(self) -> list[float]:
        """When there was a tick by the clock, not one that a request caused."""
        ticks = [line.at for line in self.log if _TICK.search(line.message) or "No data" in line.message]
        pokes = {line.at for line in self.log if "Received stat" in line.message}
        return [at for at in ticks if not any(0 <= at - poke < _MOMENT for poke in pokes)]

    def beginning(self) -> tuple[kpa.Status, float]:
        """The status that a recording begins with, and since when the activator has been in the way."""
        begun = self.log[0].at
        proxied = (line.at - go_seconds(found[1]) for line in self.log if (found := _PROXYING.search(line.message)))
        since = next(proxied)
        fresh = kpa.Status(kpa.Phase.ACTIVATING, since)
        return (fresh if since > begun - 1 else kpa.Status(kpa.Phase.INACTIVE, since, initialised=True)), since


class _Window:
    def __init__(self, config: kpa.Config) -> None:
        self.stable, self._panic = Buckets(config.window), Buckets(config.panic_window)

    def record(self, at: float, value: float) -> None:
        self.stable.record(at, value)
        self._panic.record(at, value)

    def averages(self, at: float) -> tuple[float, float]:
        return self.stable.average(at), self._panic.average(at)


def read(path: Path) -> Recording:
    found = json.loads(path.read_text())
    log = [Line(_seconds(line["timestamp"]), line["message"]) for line in found["autoscaler_log"]]
    began = log[0].at - found["autoscaler_log"][0]["t_rel"]
    requests = [(began + one["t"], began + one["t"] + one["dur"] - _WAY) for one in found["requests"]]
    template = found["manifest"]["spec"]["template"]
    return Recording(config(Service.model_validate(found["manifest"])), log, requests, template, found["load"], began)


def _seconds(stamp: str) -> float:
    whole, _, rest = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float(f"0.{rest or 0}")


def _reported(message: str) -> float | None:
    if stat := _STAT.search(message):
        return float(stat[1]) - float(stat[2])
    scraped = _SCRAPED.search(message)
    # Replicas behind an activator report what it has reported already, which makes nothing.
    return 0.0 if scraped and int(scraped[1]) + int(scraped[2]) else None
