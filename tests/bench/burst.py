"""From zero to many and back with a burst of events: replicas over time, beside what the arithmetic alone predicts."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

import psutil
from confluent_kafka import Producer

from local.platform import state
from local.twin.services.kpa import Config
from tests.bench import plot, workers
from tests.bench.figures import Figure
from tests.bench.plot import Line
from tests.bench.prediction import Burst, Machine, Predicted, Prediction, difference, lasting
from tests.bench.sizes import Sizes
from tests.bench.systems import Say
from tests.kit import ROOT, Running, eventually
from tests.workload import PARTITIONS

_EVENTS, _WORK_S = 200, 1.0
_LOOK_S = 0.05
_DOWN_S = 120
#: Replicas that are more apart for longer than this are no matter of a moment.
_MOMENT_S = 1.0


@dataclass
class Seen:
    """What was seen of the function: steps on the monotonic clock, and the most that was in front of it."""

    desired: list[tuple[float, float]] = field(default_factory=list)
    ready: list[tuple[float, float]] = field(default_factory=list)
    most: int = 0

    def take(self, at: float, function: Mapping[str, Any]) -> None:
        for steps, value in ((self.desired, function["desired"]), (self.ready, function["ready"])):
            if not steps or steps[-1][1] != value:
                steps.append((at, value))
        self.most = max(self.most, function["queue"] + function["in_flight"])


def measure(system: Running, sizes: Sizes, say: Say) -> Iterator[Figure]:
    del sizes  # two hundred are the burst
    with _watched(system) as seen:
        # Knative knows nothing of a revision to which nobody has come yet, so that the first request wakes it later.
        say("burst: one event, and back to zero")
        waking = _sent_and_done(system, 1)
        say(f"burst: {_EVENTS} events of {_WORK_S:g} s each, and back to zero")
        begun = _sent_and_done(system, _EVENTS)
    burst, machine = _burst(system, seen, (waking, *[begun] * _EVENTS)), _machine(system)
    config = Config(
        concurrency=workers.BURST_CONCURRENCY,
        utilization=100.0,
        window=workers.BURST_WINDOW,
        max_scale=workers.BURST_MOST,
        initial_scale=0,
    )
    predicted = Prediction(config, burst, machine).made()
    yield from _figures(seen, predicted, burst, machine)


def _figures(seen: Seen, predicted: Predicted, burst: Burst, machine: Machine) -> Iterator[Figure]:
    begun, end = burst.arrivals[-1], max(seen.desired[-1][0], predicted.desired[-1][0])
    apart = difference(seen.desired, predicted.desired, begun, end)
    _draw(seen, predicted, begun, end)
    highest = max(value for _, value in seen.desired)
    how = (
        f"desired replicas every 0.1 s of {end - begun:.0f} s, seen and predicted by kpa.py, concurrency.py and "
        f"scaler.py; {_EVENTS} events of {burst.work:.2f} s, at most {burst.most} at a time, 0 to {highest:g} to 0; "
        f"a replica starts in {machine.start:.2f} s; burst.svg shows it"
    )
    yield Figure("twin_burst_mean_difference", fmean(apart), how)
    largest = lasting(apart, _MOMENT_S)
    yield Figure("twin_burst_largest_difference", largest, f"the same, the largest that lasts for {_MOMENT_S:g} s")


def _draw(seen: Seen, predicted: Predicted, begun: float, end: float) -> None:
    lines = [
        Line("desired", _from(seen.desired, begun, end)),
        Line("ready", _from(seen.ready, begun, end)),
        Line("desired, predicted", _from(predicted.desired, begun, end), dashed=True),
        Line("ready, predicted", _from(predicted.ready, begun, end), dashed=True),
    ]
    plot.write(ROOT / "burst.svg", f"A burst of {_EVENTS} events, from zero and back", "replicas", lines)


def _from(steps: list[tuple[float, float]], begun: float, end: float) -> list[tuple[float, float]]:
    """Seconds since the burst, drawn to the end."""
    within = [(max(0.0, at - begun), value) for at, value in steps if at <= end]
    return [(0.0, 0.0), *within, (end - begun, within[-1][1])]


def _sent_and_done(system: Running, count: int) -> float:
    """When so many events were sent; all are done, and every replica has gone."""
    producer = Producer({"bootstrap.servers": system.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 5})
    producer.list_topics(workers.BURST, timeout=10)
    wanted, begun = len(_done(system)) + count, time.monotonic()
    for n in range(count):
        data = json.dumps({"topic": workers.BURST, "n": n, "work": _WORK_S})
        producer.produce(workers.BURST, data, partition=n % PARTITIONS)
    assert producer.flush(30) == 0, "Kafka did not acknowledge"
    eventually(lambda: len(_done(system)) == wanted, within=_DOWN_S, what="the last event done")
    eventually(lambda: not _replicas(system), within=_DOWN_S, what="the function at zero again")
    return begun


def _done(system: Running) -> list[dict[str, Any]]:
    record = workers.record(system.home.parent)
    lines = map(json.loads, record.read_text().splitlines() if record.exists() else [])
    return [line for line in lines if line["topic"] == workers.BURST]


def _replicas(system: Running) -> int:
    function = system.function(workers.BURST)
    return int(function["desired"] + function["ready"])


@contextmanager
def _watched(system: Running) -> Iterator[Seen]:
    seen, enough = Seen(), threading.Event()

    def look() -> None:
        while not enough.wait(_LOOK_S):
            seen.take(time.monotonic(), system.function(workers.BURST))

    thread = threading.Thread(target=look, name="burst")
    thread.start()
    try:
        yield seen
    finally:
        enough.set()
        thread.join()


def _burst(system: Running, seen: Seen, arrivals: tuple[float, ...]) -> Burst:
    work = median(line["done"] - line["arrived"] for line in _done(system))
    return Burst(arrivals, seen.most, work)


def _machine(system: Running) -> Machine:
    """Ticks and starts as they were: what is predicted is what follows from them."""
    scaled = [change for change in system.state()["scaled"] if change["name"] == workers.BURST]
    tick = next(change["time"] for change in scaled if change["from"] > change["to"] > 0)
    twin = state.process_of(system.home, "twin")
    assert twin
    return Machine(_monotonic(psutil.Process(twin.pid).create_time()), _monotonic(tick), median(_starts(system)))


def _starts(system: Running) -> list[float]:
    """Seconds from each replica's start until it was ready, as the twin has logged them."""
    lines = (json.loads(line) for line in (system.home / "logs" / "twin.log").read_text().splitlines())
    ready = (line for line in lines if line.get("event") == "replica.ready")
    return [line["seconds"] for line in ready if line["service"] == workers.BURST]


def _monotonic(since_1970: float) -> float:
    return since_1970 - time.time() + time.monotonic()
