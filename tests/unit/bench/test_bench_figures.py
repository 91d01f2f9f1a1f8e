"""Tests of the figures, of their report, and of the plan that measures each of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench import report
from tests.bench.figures import FIGURE_SPECS, Figure
from tests.bench.load_generator import LoadResult
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
        ("drift_fds", 1.0, None),  # it has no aim
        ("pipeline_over_ocrmypdf", None, None),  # it has no value
    ],
)
def test_aim_is_met_at_its_bound_and_not_beyond(name: str, value: float | None, met: bool | None) -> None:  # noqa: FBT001  # the parameter is a column of the table above
    assert Figure(name, value, "").is_met is met


def test_every_figure_has_one_measurement() -> None:
    measured = [name for measurements in PLAN.values() for each in measurements for name in each.figures]

    assert sorted(measured) == sorted(FIGURE_SPECS)


def test_absent_and_failed_figures_are_not_met(capsys: pytest.CaptureFixture[str]) -> None:
    absent = Figure("pipeline_over_ocrmypdf", None, "install it")
    failed = Figure("idle_twin_mb", None, "it never slept", failed=True)

    report.print_figures([absent, failed], Console(width=120))

    output = capsys.readouterr().out
    assert [word for word in ("absent", "failed", "install it", "it never slept") if word not in output] == []
    assert "met" not in output.replace("idle_twin_mb", "")


def test_file_has_every_figure_with_its_aim(tmp_path: Path) -> None:
    report.write_figures(
        [Figure("all_cold_s", 2.5, "how"), Figure("idle_all_mb", 200.0, "how")], tmp_path / "bench.json"
    )

    first, second = json.loads((tmp_path / "bench.json").read_text())
    assert first == {"name": "all_cold_s", "value": 2.5, "unit": "s", "aim": None, "how": "how"}
    assert (second["aim"], second["unit"]) == ("<= 350", "MB")


def test_unknown_figure_is_refused_before_start() -> None:
    command = [sys.executable, "-m", "tests.bench", "--only", "idle_twin_mb,speed"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (2, "")
    assert "No figure is called speed. There are: pipeline_over_engine" in result.stderr


def test_rate_per_core_corrects_for_other_programs() -> None:
    idle_machine, busy_machine = (
        Pace(rate=4, cpu_seconds=0.5, available_cores=2),
        Pace(rate=2, cpu_seconds=0.5, available_cores=1),
    )

    assert idle_machine.rate_per_core == busy_machine.rate_per_core


def test_rate_counts_from_last_end_of_lead_in() -> None:
    assert LoadResult(started_at=0, ended_at=(5, 6, 6.5, 7, 9)).compute_rate(lead=2, count=2) == 2
