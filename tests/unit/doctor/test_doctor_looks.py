"""What is looked at depends on what there is to look at, and on nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from local.doctor.looks import findings
from local.doctor.subject import Servers, Subject
from local.platform.endpoints import Endpoints

Serve = Callable[..., str]
NOWHERE = Endpoints("", "", "", "", "", "")


def test_wrong_manifests_leave_everything_else_to_be_looked_at(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\n")
    collector = serve(v1_traces=(200, {}))

    found = findings(Subject(tmp_path, tmp_path, (tmp_path,), Servers(NOWHERE, {}), telemetry=collector))

    assert [(one.group, one.check) for one in found if one.state == "wrong"] == [("manifests", "files")]
    assert [(one.check, one.found) for one in found if one.group == "settings"] == [("functions", "not looked at")]
    assert [(one.check, one.state) for one in found if one.group == "servers"] == [("telemetry", "ok")]
    assert {"machine", "tools", "packages"} <= {one.group for one in found}
    assert "models" not in {one.group for one in found}


def test_a_twin_that_has_ended_is_missed_only_where_it_is_meant_to_be_up(tmp_path: Path) -> None:
    nothing = Subject(tmp_path, tmp_path, (tmp_path,), Servers(NOWHERE, {}))
    (ended,) = (one for one in findings(replace(nothing, up=True)) if one.group == "twin")

    assert (ended.check, ended.state, ended.found) == ("twin", "wrong", "has ended")
    assert "twin" not in {one.group for one in findings(nothing)}
