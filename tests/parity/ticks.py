"""Parsed recordings `13-*` of a real autoscaler: its reports, observations, decisions and scalings."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.manifests.serving import Service
from local.manifests.shape import parse_go_duration
from local.twin.services import kpa
from local.twin.services.autoscaler import build_config
from local.twin.services.concurrency import TimedBuckets
from tests.parity.golden import load_recording

# A report is counted a few milliseconds after its log line.
_MOMENT = 0.005
# A request ends at the activator this much earlier than its caller sends the next one.
_WAY = 0.002
_TICK = re.compile(r"stable = (-?[\d.]+); panic = (-?[\d.]+); target = [\d.]+ .*ReadyEndpointCount = (\d+)")
_STAT = re.compile(r"AverageConcurrentRequests:(\S+) AverageProxiedConcurrentRequests:(\S+)")
_SCRAPED = re.compile(r"\|OldPods\| = (\d+), \|YoungPods\| = (\d+)")
_PROXYING = re.compile(r"in proxy mode for: (\S+)")
_SCALED = re.compile(r"^Scaling from \d+ to (\d+)")
_RECONCILED = re.compile(r"PA scale got=(\d+), want=(-?\d+), desiredPods=(-?\d+) ebc=(-?\d+)")


@dataclass(frozen=True)
class Line:
    """A line of the autoscaler's log; `at` is in seconds since 1970."""

    at: float
    message: str


@dataclass(frozen=True)
class Tick:
    """A recorded tick, and the averages that it may have used.

    A report of the same moment may be counted already or not.
    """

    at: float
    recorded: tuple[float, float]
    ready: int
    averages: tuple[tuple[float, float], ...]

    @property
    def closest(self) -> tuple[float, float]:
        return min(self.averages, key=lambda found: abs(found[0] - self.recorded[0]) + abs(found[1] - self.recorded[1]))


@dataclass(frozen=True)
class Reconcile:
    """A reconcile: the ready replicas, the scale for them, and the decision behind it."""

    at: float
    ready: int
    replicas: int
    decision: kpa.Decision


@dataclass(frozen=True)
class Recording:
    """A recording; `requests` have the start and end of each request at its caller. The first may start at `began`."""

    config: kpa.Config
    log: list[Line]
    requests: list[tuple[float, float]]
    template: dict[str, Any]
    load: dict[str, Any]
    began: float

    @property
    def is_complete(self) -> bool:
        """Whether it and its log start with zero replicas."""
        return bool(self.load["from_zero"]) and self.log[0].at < self.began + 1

    def parse_ticks(self) -> Iterator[Tick]:
        """Yield the ticks. For the first window of a log that starts late, only the recorded averages are known."""
        prompt, late = (_Window(self.config) for _ in range(2))
        held: list[tuple[float, float]] = []
        known = math.inf
        for line in self.log:
            if (value := _parse_report(line.message)) is not None:
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
                averages = (prompt.compute_averages(line.at), late.compute_averages(line.at)) if complete else (said,)
                yield Tick(line.at, said, int(tick[3]), averages)

    def parse_reconciles(self) -> Iterator[Reconcile]:
        for line in self.log:
            if found := _RECONCILED.search(line.message):
                ready, want, desired, excess = map(int, found.groups())
                yield Reconcile(line.at, ready, want, kpa.Decision(desired, excess))

    def parse_scalings(self) -> list[tuple[float, int]]:
        """Return the time and number of replicas of each scaling."""
        return [(line.at, int(found[1])) for line in self.log if (found := _SCALED.search(line.message))]

    def list_clock_ticks(self) -> list[float]:
        """Return the times of ticks by the clock, without those caused by a request."""
        ticks = [line.at for line in self.log if _TICK.search(line.message) or "No data" in line.message]
        pokes = {line.at for line in self.log if "Received stat" in line.message}
        return [at for at in ticks if not any(0 <= at - poke < _MOMENT for poke in pokes)]

    def get_initial_status(self) -> tuple[kpa.RevisionStatus, float]:
        """Return the initial status, and the time since which requests go through the activator."""
        begun = self.log[0].at
        proxied = (
            line.at - parse_go_duration(found[1]) for line in self.log if (found := _PROXYING.search(line.message))
        )
        since = next(proxied)
        fresh = kpa.RevisionStatus(kpa.Phase.ACTIVATING, since)
        return (
            fresh
            if since > begun - 1
            else kpa.RevisionStatus(kpa.Phase.INACTIVE, since, has_reached_initial_scale=True)
        ), since


class _Window:
    def __init__(self, config: kpa.Config) -> None:
        self.stable, self._panic = TimedBuckets(config.window), TimedBuckets(config.panic_window)

    def record(self, at: float, value: float) -> None:
        self.stable.record(at, value)
        self._panic.record(at, value)

    def compute_averages(self, at: float) -> tuple[float, float]:
        return self.stable.compute_average(at), self._panic.compute_average(at)


def load_autoscaler_log(name: str) -> Recording:
    found = load_recording(name)
    log = [Line(_parse_time(line["timestamp"]), line["message"]) for line in found["autoscaler_log"]]
    began = log[0].at - found["autoscaler_log"][0]["t_rel"]
    requests = [(began + one["t"], began + one["t"] + one["dur"] - _WAY) for one in found["requests"]]
    template = found["manifest"]["spec"]["template"]
    return Recording(
        build_config(Service.model_validate(found["manifest"])), log, requests, template, found["load"], began
    )


def _parse_time(stamp: str) -> float:
    whole, _, rest = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float(f"0.{rest or 0}")


def _parse_report(message: str) -> float | None:
    if stat := _STAT.search(message):
        return float(stat[1]) - float(stat[2])
    scraped = _SCRAPED.search(message)
    # Replicas behind an activator report requests that the activator has reported already, so that they count as zero.
    return 0.0 if scraped and int(scraped[1]) + int(scraped[2]) else None
