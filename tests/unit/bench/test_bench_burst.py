"""Tests of the simulation of a burst, and of the comparison and drawing of lines."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from local.twin.services.kpa import Config
from tests.bench import plot
from tests.bench.plot import Line
from tests.bench.prediction import (
    Burst,
    BurstSimulation,
    Machine,
    compute_differences,
    find_lasting_difference,
    get_value,
)

CONFIG = Config(container_concurrency=1, utilization=100.0, window=10.0, max_scale=5, initial_scale=0)
MACHINE = Machine(started_at=0.0, tick_at=2.63, start_seconds=0.5)
#: A first request, so that the autoscaler has metrics of the revision, and twenty requests a minute later.
TWENTY = Burst((0.2, *[60.0] * 20), max_outstanding=20, work_seconds=2.0)


def test_burst_gets_one_replica_then_max_at_tick() -> None:
    desired = [(at, want) for at, want in BurstSimulation(CONFIG, TWENTY, MACHINE).run().desired if at >= 60]

    assert desired[:2] == [(60.0, 1), (pytest.approx(60.63), 5)]
    assert [want for _, want in desired[1:]] == [5, 2, 1, 0]


def test_replica_is_ready_after_measured_start_time() -> None:
    ready = BurstSimulation(CONFIG, TWENTY, MACHINE).run().ready

    assert next(at for at, count in ready if at > 60 and count == 1) == 60.5


def test_limited_source_causes_fewer_replicas() -> None:
    few = BurstSimulation(CONFIG, Burst(TWENTY.arrivals, max_outstanding=2, work_seconds=2.0), MACHINE).run()

    assert max(want for _, want in few.desired) == 2


def test_shifted_step_causes_short_difference_only() -> None:
    first, second = [(0.0, 0.0), (1.0, 5.0)], [(0.0, 0.0), (1.3, 5.0)]
    differences = compute_differences(first, second, 0.0, 4.0)

    assert (get_value(first, 0.9), get_value(first, 1.0), max(differences)) == (0.0, 5.0, 5.0)
    assert (find_lasting_difference(differences, 0.1), find_lasting_difference(differences, 1.0)) == (5.0, 0.0)


def test_lasting_difference_is_found() -> None:
    assert find_lasting_difference(compute_differences([(0.0, 1.0)], [(0.0, 3.0)], 0.0, 4.0), 1.0) == 2.0


def test_plot_has_every_line_and_label(tmp_path: Path) -> None:
    file = tmp_path / "plot.svg"
    lines = [Line("measured & more", [(0, 0), (1, 8), (30, 0)]), Line("predicted", [(0, 0), (30, 8)], dashed=True)]

    plot.write_plot(file, "A burst", "replicas", lines)

    drawn = ET.parse(file).getroot()  # noqa: S314  # the file of this test
    names = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    polylines = [element.get("points") or "" for element in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert {"measured & more", "predicted", "A burst", "replicas", "seconds", "8", "30"} <= {*names}
    assert [len(points.split()) for points in polylines] == [5, 3]
