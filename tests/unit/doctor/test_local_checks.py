"""Choice of the checks for this machine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from local.doctor.local_checks import run_local_checks
from local.doctor.targets import LocalTarget, Servers
from local.platform.endpoints import Endpoints

Serve = Callable[..., str]
NO_ENDPOINTS = Endpoints("", "", "", "", "", "")


def test_invalid_manifests_do_not_prevent_other_checks(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\n")
    collector = serve(v1_traces=(200, {}))

    findings = run_local_checks(
        LocalTarget(tmp_path, tmp_path, (tmp_path,), Servers(NO_ENDPOINTS, {}), telemetry_url=collector)
    )

    assert [(finding.group, finding.check) for finding in findings if finding.state == "wrong"] == [
        ("manifests", "files")
    ]
    assert [(finding.check, finding.found) for finding in findings if finding.group == "settings"] == [
        ("functions", "not checked")
    ]
    assert [(finding.check, finding.state) for finding in findings if finding.group == "servers"] == [
        ("telemetry", "ok")
    ]
    assert {"machine", "tools", "packages"} <= {finding.group for finding in findings}
    assert "models" not in {finding.group for finding in findings}


def test_ended_twin_is_wrong_only_if_it_should_run(tmp_path: Path) -> None:
    stopped = LocalTarget(tmp_path, tmp_path, (tmp_path,), Servers(NO_ENDPOINTS, {}))
    [ended] = (finding for finding in run_local_checks(replace(stopped, is_up=True)) if finding.group == "twin")

    assert (ended.check, ended.state, ended.found) == ("twin", "wrong", "has ended")
    assert "twin" not in {finding.group for finding in run_local_checks(stopped)}
