"""The output of `pagebus up` and `pagebus env`."""

import json
import shlex
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli.stack import stack, twin
from local.twin.state import FunctionState, TwinState
from local.twin.unavailable_engines import UnavailableEngine

Command = Callable[..., Result]
SURYA = UnavailableEngine("surya", "no weights in /models/surya", "Bring some.")
HELLO = (FunctionState("hello"),)


@pytest.mark.usefixtures("up")
def test_env_quotes_values_for_a_shell(pagebus: Command) -> None:
    exports = dict(line.removeprefix("export ").split("=", 1) for line in pagebus("env").stdout.splitlines())

    assert shlex.split(exports["AWS_SECRET_ACCESS_KEY"]) == ["it's; secret"]
    assert json.loads(pagebus("env", "--json").stdout)["PAGEBUS_GATEWAY"] == "http://127.0.0.1:1"


def test_up_without_intake_does_not_advise_submit(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(up, record=replace(up.record, manifests=("/acme/manifests",)))
    monkeypatch.setattr(stack, "find_running", lambda _: other)
    monkeypatch.setattr(twin, "load_state", lambda _: TwinState(HELLO))

    output = pagebus("up").stdout

    assert "up already, on the embedded platform, with the manifests in /acme/manifests." in output
    assert "pagebus submit" not in output
    assert "pagebus status" in output


def test_up_names_unavailable_engines_with_advice(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "find_running", lambda _: up)
    monkeypatch.setattr(twin, "load_state", lambda _: TwinState(HELLO, unavailable_engines=(SURYA,)))

    assert "Unavailable: surya (no weights in /models/surya). Bring some.\n" in pagebus("up").stdout
    assert json.loads(pagebus("up", "--json").stdout)["unavailable_engines"] == [asdict(SURYA)]


def test_up_reports_a_missing_models_folder(
    pagebus: Command, up: stack.Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stack, "find_running", lambda _: up)
    monkeypatch.setenv("PAGEBUS_MODELS", str(tmp_path / "gone"))
    gone = pagebus("up", "--json")
    monkeypatch.setenv("PAGEBUS_MODELS", str(tmp_path))

    assert f"PAGEBUS_MODELS is {tmp_path / 'gone'}, which does not exist." in gone.stderr.replace("\n", "")
    assert json.loads(gone.stdout)["unavailable_engines"] == []
    assert "PAGEBUS_MODELS" not in pagebus("up").stderr
