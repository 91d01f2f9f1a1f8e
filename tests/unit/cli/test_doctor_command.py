"""`pagebus doctor` as people and programs see it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli import doctor as command
from local.cli import twin
from local.cli.home import Started, remember
from local.cli.request import PRODUCT
from local.cli.twin import Twin
from local.doctor.finding import Finding, ok, warning, wrong
from local.doctor.subject import Subject
from local.platform.endpoints import Endpoints

Command = Callable[..., Result]
ENDPOINTS = Endpoints("k:1", "http://s:2", "key", "geheim", "eu", "postgresql://me:geheim@db/p")
WELL = ok("machine", "Python", "3.11.7")
DOUBTFUL = warning("tools", "java", "is not there", "Install Java 17.")
ILL = wrong("servers", "PostgreSQL", "does not answer at db:5432/p\x1b[2J", "Start it.")


@pytest.fixture
def doctor(pagebus: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command over these findings."""

    def run(*arguments: str, found: list[Finding]) -> Result:
        monkeypatch.setattr(command, "_findings", lambda _: found)
        return pagebus("doctor", *arguments)

    return run


def test_where_nothing_is_wrong_it_says_so_and_succeeds(doctor: Command) -> None:
    result = doctor(found=[WELL])

    assert result.exit_code == 0
    assert "✓" in result.stdout
    assert "Nothing is wrong." in result.stdout


def test_a_warning_fails_nothing_and_comes_with_what_to_do(doctor: Command) -> None:
    result = doctor(found=[WELL, DOUBTFUL])

    assert result.exit_code == 0
    assert "! " in result.stdout
    assert "Install Java 17." in result.stdout


def test_what_is_wrong_fails_the_command_and_cannot_command_the_terminal(doctor: Command) -> None:
    result = doctor(found=[WELL, DOUBTFUL, ILL])

    assert result.exit_code == 1
    assert "✗" in result.stdout
    assert "Start it." in result.stdout
    assert "\x1b" not in result.stdout
    assert "1 wrong" in result.stdout


def test_as_json_it_is_a_list_of_findings_with_exactly_the_promised_fields(doctor: Command) -> None:
    result = doctor("--json", found=[DOUBTFUL, ILL])

    assert result.exit_code == 1
    assert json.loads(result.stdout)[0] == {
        "group": "tools",
        "check": "java",
        "state": "warning",
        "found": "is not there",
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
def test_what_cannot_be_looked_at_is_impossible(
    doctor: Command, monkeypatch: pytest.MonkeyPatch, flags: list[str], named: str
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)

    result = doctor(*flags, found=[])

    assert result.exit_code == 2
    assert named in result.stderr


def test_servers_that_flags_name_are_looked_at_and_no_others(tmp_path: Path) -> None:
    named = replace(ENDPOINTS, s3="", database="")

    subject = command.subject_of(tmp_path, Started("embedded", ("/m",), ENDPOINTS), named, [])

    assert subject.servers is not None
    assert subject.servers.endpoints == named
    assert (subject.up, subject.twin) == (False, None)
    assert subject.servers.remedies["kafka"] == "Start it, or correct --kafka."


def test_what_was_brought_up_is_looked_at_with_its_manifests(tmp_path: Path) -> None:
    started = Started("real", ("/m",), ENDPOINTS)
    remember(tmp_path, started)

    subject = command.subject_of(tmp_path, started, None, [])

    assert (subject.up, subject.real, subject.twin) == (True, True, None)
    assert subject.manifests == (Path("/m"),)
    assert subject.servers is not None
    assert f"{tmp_path}/logs/postgres.log" in subject.servers.remedies["postgres"]


def test_a_twin_that_runs_is_looked_at_by_its_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = {"gateway": "http://127.0.0.1:2", "telemetry": "http://127.0.0.1:3"}
    monkeypatch.setattr(twin, "running", lambda _: Twin(os.getpid(), "http://127.0.0.1:1", urls))

    subject = command.subject_of(tmp_path, Started("embedded", (), ENDPOINTS), None, [])

    assert (subject.twin, subject.gateway, subject.telemetry) == ("http://127.0.0.1:1", *urls.values())
    assert subject.folder == Path.cwd()


def test_with_nothing_up_the_product_s_manifests_are_looked_at(tmp_path: Path) -> None:
    assert command.subject_of(tmp_path, None, None, []) == Subject(tmp_path, Path.cwd(), PRODUCT)
    assert command.subject_of(tmp_path, None, None, [tmp_path]).manifests == (tmp_path,)


def test_a_command_that_lacks_a_package_itself_says_which() -> None:
    without = "import sys; sys.modules['psutil'] = None; sys.argv = ['pagebus', 'doctor']; import local.cli.entry as e"

    ended = subprocess.run([sys.executable, "-c", f"{without}; e.run()"], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "psutil is not installed. Run `make setup`" in ended.stderr
