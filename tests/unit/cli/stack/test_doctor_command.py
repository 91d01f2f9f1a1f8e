"""The options and the output of `pagebus doctor`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli.shell.home import StackRecord, save_record
from local.cli.stack import doctor as command
from local.cli.stack import twin
from local.cli.stack.twin import RunningTwin
from local.cli.stack.up_options import PRODUCT_MANIFESTS
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.doctor.targets import LocalTarget
from local.platform.endpoints import Endpoints

Command = Callable[..., Result]
ENDPOINTS = Endpoints("k:1", "http://s:2", "key", "geheim", "eu", "postgresql://me:geheim@db/p")
OK = report_ok("machine", "Python", "3.11.7")
WARNING = report_warning("tools", "java", "is not installed", "Install Java 17.")
WRONG = report_wrong("servers", "PostgreSQL", "does not answer at db:5432/p\x1b[2J", "Start it.")


@pytest.fixture
def doctor(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs the command with these findings."""

    def run(*arguments: str, findings: list[Finding]) -> Result:
        monkeypatch.setattr(command, "_run_local_checks", lambda _: findings)
        return pagebus("doctor", *arguments)

    return run


def test_no_finding_succeeds(doctor: Command) -> None:
    result = doctor(findings=[OK])

    assert result.exit_code == 0
    assert "✓" in result.stdout
    assert "Nothing is wrong." in result.stdout


def test_warning_succeeds_with_advice(doctor: Command) -> None:
    result = doctor(findings=[OK, WARNING])

    assert result.exit_code == 0
    assert "! " in result.stdout
    assert "Install Java 17." in result.stdout


def test_wrong_finding_fails_with_printable_advice(doctor: Command) -> None:
    result = doctor(findings=[OK, WARNING, WRONG])

    assert result.exit_code == 1
    assert "✗" in result.stdout
    assert "Start it." in result.stdout
    assert "\x1b" not in result.stdout
    assert "1 wrong" in result.stdout


def test_json_is_a_list_of_findings(doctor: Command) -> None:
    result = doctor("--json", findings=[WARNING, WRONG])

    assert result.exit_code == 1
    assert json.loads(result.stdout)[0] == {
        "group": "tools",
        "check": "java",
        "state": "warning",
        "found": "is not installed",
        "advice": "Install Java 17.",
    }


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--s3", "http://s"], "AWS_ACCESS_KEY_ID"),
        (["--manifests", "/nowhere/at/all"], "/nowhere/at/all"),
        (["--context", "x"], "Add --cluster"),
        (["--cluster", "--kafka", "k:1"], "--kafka"),
        (["--cluster", "--kubeconfig", "/nowhere/at/all"], "/nowhere/at/all"),
        (["--cluster", "--manifests", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_invalid_options_are_refused(
    doctor: Command, monkeypatch: pytest.MonkeyPatch, flags: list[str], named: str
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)

    result = doctor(*flags, findings=[])

    assert result.exit_code == 2
    assert named in result.stderr


def test_given_servers_alone_are_checked(tmp_path: Path) -> None:
    named = replace(ENDPOINTS, s3="", database="")

    target = command.build_target(tmp_path, StackRecord("embedded", ("/m",), ENDPOINTS), named, [])

    assert target.servers is not None
    assert target.servers.endpoints == named
    assert (target.is_up, target.twin_url) == (False, None)
    assert target.servers.remedies["kafka"] == "Start it, or correct --kafka."


def test_recorded_stack_is_checked_with_its_manifests(tmp_path: Path) -> None:
    started = StackRecord("real", ("/m",), ENDPOINTS)
    save_record(tmp_path, started)

    target = command.build_target(tmp_path, started, None, [])

    assert (target.is_up, target.is_real_platform, target.twin_url) == (True, True, None)
    assert target.manifest_folders == (Path("/m"),)
    assert target.servers is not None
    assert f"{tmp_path}/logs/postgres.log" in target.servers.remedies["postgres"]


def test_running_twin_is_checked_at_its_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = {"gateway": "http://127.0.0.1:2", "telemetry": "http://127.0.0.1:3"}
    monkeypatch.setattr(twin, "find_twin", lambda _: RunningTwin(os.getpid(), "http://127.0.0.1:1", urls))

    target = command.build_target(tmp_path, StackRecord("embedded", (), ENDPOINTS), None, [])

    assert (target.twin_url, target.gateway_url, target.telemetry_url) == ("http://127.0.0.1:1", *urls.values())
    assert target.working_folder == Path.cwd()


def test_product_manifests_are_checked_if_nothing_is_up(tmp_path: Path) -> None:
    assert command.build_target(tmp_path, None, None, []) == LocalTarget(tmp_path, Path.cwd(), PRODUCT_MANIFESTS)
    assert command.build_target(tmp_path, None, None, [tmp_path]).manifest_folders == (tmp_path,)


def test_missing_package_of_the_doctor_is_named() -> None:
    without = "import sys; sys.modules['psutil'] = None; sys.argv = ['pagebus', 'doctor']; import local.cli.entry as e"

    ended = subprocess.run([sys.executable, "-c", f"{without}; e.run()"], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "psutil is not installed. Run `make setup`" in ended.stderr
