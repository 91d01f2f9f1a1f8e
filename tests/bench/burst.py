"""Measure the replicas over time during a burst of events, and compare them with a simulation of the autoscaler."""

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
from tests.bench.prediction import (
    Burst,
    BurstSimulation,
    Machine,
    ReplicaCounts,
    compute_differences,
    find_lasting_difference,
)
from tests.bench.sizes import Sizes
from tests.bench.systems import Log
from tests.kit import ROOT, PagebusStack, wait_for
from tests.workload import PARTITIONS

_EVENTS, _WORK_S = 200, 1.0
_SAMPLE_INTERVAL_S = 0.05
_TIMEOUT_S = 120
#: A difference that lasts this long is more than a short delay.
_LASTING_S = 1.0


@dataclass
class MeasuredReplicas:
    """The replicas of the function over time, and the largest number of events in its queue and in flight.

    A step is a pair of the monotonic time and the number from this time on.
    """

    desired: list[tuple[float, float]] = field(default_factory=list)
    ready: list[tuple[float, float]] = field(default_factory=list)
    max_outstanding: int = 0

    def add(self, at: float, function: Mapping[str, Any]) -> None:
        for steps, value in ((self.desired, function["desired"]), (self.ready, function["ready"])):
            if not steps or steps[-1][1] != value:
                steps.append((at, value))
        self.max_outstanding = max(self.max_outstanding, function["queue_length"] + function["in_flight"])


def measure(stack: PagebusStack, sizes: Sizes, log: Log) -> Iterator[Figure]:
    del sizes  # the size of the burst is fixed
    with _record_replicas(stack) as measured:
        # Before its first request, a revision has no metrics in Knative's autoscaler. A first event avoids this delay.
        log("burst: one event, then back to zero replicas")
        first_event = _run_events(stack, 1)
        log(f"burst: {_EVENTS} events of {_WORK_S:g} s each, then back to zero replicas")
        began = _run_events(stack, _EVENTS)
    burst, machine = _describe_burst(stack, measured, (first_event, *[began] * _EVENTS)), _measure_machine(stack)
    config = Config(
        container_concurrency=workers.BURST_CONCURRENCY,
        utilization=100.0,
        window=workers.BURST_WINDOW,
        max_scale=workers.BURST_MAX_SCALE,
        initial_scale=0,
    )
    predicted = BurstSimulation(config, burst, machine).run()
    yield from _build_figures(measured, predicted, burst, machine)


def _build_figures(
    measured: MeasuredReplicas, predicted: ReplicaCounts, burst: Burst, machine: Machine
) -> Iterator[Figure]:
    began, end = burst.arrivals[-1], max(measured.desired[-1][0], predicted.desired[-1][0])
    differences = compute_differences(measured.desired, predicted.desired, began, end)
    _draw_plot(measured, predicted, began, end)
    highest = max(value for _, value in measured.desired)
    how = (
        f"desired replicas every 0.1 s of {end - began:.0f} s, measured and simulated with kpa.py, concurrency.py and "
        f"scaler.py; {_EVENTS} events of {burst.work_seconds:.2f} s, at most {burst.max_outstanding} at a time, "
        f"0 to {highest:g} to 0 replicas; a replica starts in {machine.start_seconds:.2f} s; burst.svg shows it"
    )
    yield Figure("twin_burst_mean_difference", fmean(differences), how)
    largest = find_lasting_difference(differences, _LASTING_S)
    yield Figure(
        "twin_burst_largest_difference", largest, f"the same, the largest difference that lasts {_LASTING_S:g} s"
    )


def _draw_plot(measured: MeasuredReplicas, predicted: ReplicaCounts, began: float, end: float) -> None:
    lines = [
        Line("desired", _crop_steps(measured.desired, began, end)),
        Line("ready", _crop_steps(measured.ready, began, end)),
        Line("desired, predicted", _crop_steps(predicted.desired, began, end), dashed=True),
        Line("ready, predicted", _crop_steps(predicted.ready, began, end), dashed=True),
    ]
    plot.write_plot(ROOT / "burst.svg", f"Replicas during a burst of {_EVENTS} events", "replicas", lines)


def _crop_steps(steps: list[tuple[float, float]], began: float, end: float) -> list[tuple[float, float]]:
    """Return steps with times in seconds since the start of the burst, up to `end`."""
    visible = [(max(0.0, at - began), value) for at, value in steps if at <= end]
    return [(0.0, 0.0), *visible, (end - began, visible[-1][1])]


def _run_events(stack: PagebusStack, count: int) -> float:
    """Publish `count` events and return the time. Wait until all are handled and the function has no replica."""
    producer = Producer({"bootstrap.servers": stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 5})
    producer.list_topics(workers.BURST, timeout=10)
    wanted, began = len(_read_records(stack)) + count, time.monotonic()
    for n in range(count):
        data = json.dumps({"topic": workers.BURST, "n": n, "work": _WORK_S})
        producer.produce(workers.BURST, data, partition=n % PARTITIONS)
    assert producer.flush(30) == 0, "Kafka did not acknowledge"
    wait_for(lambda: len(_read_records(stack)) == wanted, within=_TIMEOUT_S, what="the end of the last event")
    wait_for(lambda: not _count_replicas(stack), within=_TIMEOUT_S, what="zero replicas")
    return began


def _read_records(stack: PagebusStack) -> list[dict[str, Any]]:
    record = workers.get_record_file(stack.home.parent)
    lines = map(json.loads, record.read_text().splitlines() if record.exists() else [])
    return [line for line in lines if line["topic"] == workers.BURST]


def _count_replicas(stack: PagebusStack) -> int:
    function = stack.get_function(workers.BURST)
    return int(function["desired"] + function["ready"])


@contextmanager
def _record_replicas(stack: PagebusStack) -> Iterator[MeasuredReplicas]:
    measured, stopped = MeasuredReplicas(), threading.Event()

    def record() -> None:
        while not stopped.wait(_SAMPLE_INTERVAL_S):
            measured.add(time.monotonic(), stack.get_function(workers.BURST))

    thread = threading.Thread(target=record, name="burst")
    thread.start()
    try:
        yield measured
    finally:
        stopped.set()
        thread.join()


def _describe_burst(stack: PagebusStack, measured: MeasuredReplicas, arrivals: tuple[float, ...]) -> Burst:
    work = median(line["done"] - line["arrived"] for line in _read_records(stack))
    return Burst(arrivals, measured.max_outstanding, work)


def _measure_machine(stack: PagebusStack) -> Machine:
    """Return the measured time of the twin's ticks and of replica starts, as input of the simulation."""
    scaled = [change for change in stack.get_state()["scaling_events"] if change["function"] == workers.BURST]
    tick = next(change["time"] for change in scaled if change["before"] > change["after"] > 0)
    twin = state.load_process(stack.home, "twin")
    assert twin
    return Machine(
        _to_monotonic(psutil.Process(twin.pid).create_time()), _to_monotonic(tick), median(_read_start_seconds(stack))
    )


def _read_start_seconds(stack: PagebusStack) -> list[float]:
    """Return the seconds from each replica's start until it was ready, from the log of the twin."""
    lines = (json.loads(line) for line in (stack.home / "logs" / "twin.log").read_text().splitlines())
    ready = (line for line in lines if line.get("event") == "replica.ready")
    return [line["seconds"] for line in ready if line["service"] == workers.BURST]


def _to_monotonic(since_1970: float) -> float:
    return since_1970 - time.time() + time.monotonic()
