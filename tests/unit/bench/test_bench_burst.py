"""What is predicted of a burst, how two lines are compared, and how they are drawn."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from local.twin.services.kpa import Config
from tests.bench import plot
from tests.bench.plot import Line
from tests.bench.prediction import Burst, Machine, Prediction, difference, lasting, value_at

CONFIG = Config(concurrency=1, utilization=100.0, window=10.0, max_scale=5, initial_scale=0)
MACHINE = Machine(since=0.0, tick=2.63, start=0.5)
#: A first request, so that the autoscaler knows the revision, and twenty a minute later.
TWENTY = Burst((0.2, *[60.0] * 20), most=20, work=2.0)


def test_a_burst_from_zero_gets_one_replica_at_once_and_the_most_at_the_next_tick() -> None:
    desired = [(at, want) for at, want in Prediction(CONFIG, TWENTY, MACHINE).made().desired if at >= 60]

    assert desired[:2] == [(60.0, 1), (pytest.approx(60.63), 5)]
    assert [want for _, want in desired[1:]] == [5, 2, 1, 0]


def test_a_replica_is_ready_as_long_after_its_start_as_was_measured() -> None:
    ready = Prediction(CONFIG, TWENTY, MACHINE).made().ready

    assert next(at for at, count in ready if at > 60 and count == 1) == 60.5


def test_a_source_that_holds_back_makes_fewer_replicas() -> None:
    few = Prediction(CONFIG, Burst(TWENTY.arrivals, most=2, work=2.0), MACHINE).made()

    assert max(want for _, want in few.desired) == 2


def test_lines_that_change_a_moment_apart_differ_then_and_not_for_long() -> None:
    one, other = [(0.0, 0.0), (1.0, 5.0)], [(0.0, 0.0), (1.3, 5.0)]
    apart = difference(one, other, 0.0, 4.0)

    assert (value_at(one, 0.9), value_at(one, 1.0), max(apart)) == (0.0, 5.0, 5.0)
    assert (lasting(apart, 0.1), lasting(apart, 1.0)) == (5.0, 0.0)


def test_what_is_apart_for_long_is_found() -> None:
    assert lasting(difference([(0.0, 1.0)], [(0.0, 3.0)], 0.0, 4.0), 1.0) == 2.0


def test_a_plot_has_a_line_and_a_name_for_everything(tmp_path: Path) -> None:
    file = tmp_path / "plot.svg"
    lines = [Line("seen & so on", [(0, 0), (1, 8), (30, 0)]), Line("predicted", [(0, 0), (30, 8)], dashed=True)]

    plot.write(file, "A burst", "replicas", lines)

    drawn = ET.parse(file).getroot()  # noqa: S314  # our own
    names = [found.text for found in drawn.iter("{http://www.w3.org/2000/svg}text")]
    polylines = [found.get("points") or "" for found in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert {"seen & so on", "predicted", "A burst", "replicas", "seconds", "8", "30"} <= {*names}
    assert [len(points.split()) for points in polylines] == [5, 3]
