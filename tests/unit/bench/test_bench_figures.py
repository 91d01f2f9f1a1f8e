"""What the bench says of a value, and that it measures every figure it knows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench import report
from tests.bench.figures import KINDS, Figure
from tests.bench.load import Pumped
from tests.bench.pace import Pace
from tests.bench.plan import PLAN
from tests.kit import ROOT


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [
        ("pipeline_over_engine", 0.95, True),
        ("pipeline_over_engine", 0.94, False),
        ("idle_twin_mb", 100.0, True),
        ("idle_twin_mb", 100.1, False),
        ("drift_fds", 1.0, None),  # nothing is aimed at
        ("pipeline_over_ocrmypdf", None, None),  # nothing was measured
    ],
)
def test_an_aim_is_met_at_its_bound_and_not_beyond(name: str, value: float | None, met: bool | None) -> None:  # noqa: FBT001  # a column of the table above
    assert Figure(name, value, "").met is met


def test_every_figure_is_measured_by_exactly_one_measurement() -> None:
    measured = [name for measurements in PLAN.values() for each in measurements for name in each.figures]

    assert sorted(measured) == sorted(KINDS)


def test_what_is_absent_or_failed_is_shown_as_such_and_not_as_met(capsys: pytest.CaptureFixture[str]) -> None:
    absent = Figure("pipeline_over_ocrmypdf", None, "install it")
    failed = Figure("idle_twin_mb", None, "it never slept", failed=True)

    report.show([absent, failed], Console(width=120))

    shown = capsys.readouterr().out
    assert [word for word in ("absent", "failed", "install it", "it never slept") if word not in shown] == []
    assert "met" not in shown.replace("idle_twin_mb", "")


def test_the_file_holds_every_figure_with_its_aim(tmp_path: Path) -> None:
    report.write([Figure("all_cold_s", 2.5, "how"), Figure("idle_all_mb", 200.0, "how")], tmp_path / "bench.json")

    first, second = json.loads((tmp_path / "bench.json").read_text())
    assert first == {"name": "all_cold_s", "value": 2.5, "unit": "s", "aim": None, "how": "how"}
    assert (second["aim"], second["unit"]) == ("<= 350", "MB")


def test_a_figure_that_nobody_knows_is_refused_and_nothing_is_started() -> None:
    asked = [sys.executable, "-m", "tests.bench", "--only", "idle_twin_mb,speed"]

    refused = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "No figure is called speed. There are: pipeline_over_engine" in refused.stderr


def test_a_pace_is_fair_by_the_cores_that_others_left() -> None:
    alone, beside_others = Pace(rate=4, cpu=0.5, left=2), Pace(rate=2, cpu=0.5, left=1)

    assert alone.fair == beside_others.fair


def test_a_rate_counts_from_the_end_before_it() -> None:
    assert Pumped(begun=0, ends=(5, 6, 6.5, 7, 9)).rate(lead=2, count=2) == 2
