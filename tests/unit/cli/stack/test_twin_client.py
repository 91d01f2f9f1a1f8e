"""The client of the twin: it recognizes the twin by its process, also after an earlier one."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from local.cli.shell.errors import CommandFailedError
from local.cli.stack import twin
from local.platform import process, state
from local.twin.state import SourceState, TwinState

INTAKE = SourceState("intake", "pagebus.uploads", "pagebus-intake")


def _get_this_process() -> process.Process:
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return process.Process(os.getpid(), started)


def _write_ready_file(home: Path, pid: int) -> None:
    home.mkdir(exist_ok=True)
    (home / "twin.json").write_text(json.dumps({"pid": pid, "control": "http://127.0.0.1:1", "urls": {}}))


def test_twin_is_found_once_its_file_exists(tmp_path: Path) -> None:
    assert twin.find_twin(tmp_path) is None
    state.save_process(tmp_path, "twin", _get_this_process())
    assert twin.find_twin(tmp_path) is None
    _write_ready_file(tmp_path, os.getpid())
    assert twin.find_twin(tmp_path) == twin.RunningTwin(os.getpid(), "http://127.0.0.1:1", {})


def test_file_of_another_process_is_ignored(tmp_path: Path) -> None:
    state.save_process(tmp_path, "twin", _get_this_process())
    _write_ready_file(tmp_path, os.getpid() + 1)

    assert twin.find_twin(tmp_path) is None


def test_reused_process_id_is_not_stopped(tmp_path: Path) -> None:
    this = _get_this_process()
    state.save_process(tmp_path, "twin", process.Process(this.pid, this.started - 1))
    _write_ready_file(tmp_path, this.pid)

    assert twin.find_twin(tmp_path) is None
    assert not twin.stop_twin(tmp_path)


def test_reserved_port_stays_the_same(tmp_path: Path) -> None:
    port = twin.reserve_port(tmp_path, "gateway")

    assert twin.reserve_port(tmp_path, "gateway") == port
    assert json.loads((tmp_path / "ports.json").read_text()) == {"gateway": port}


def test_unreachable_twin_fails(tmp_path: Path) -> None:
    unused_url = f"http://127.0.0.1:{twin.reserve_port(tmp_path, 'unused')}"

    with pytest.raises(CommandFailedError, match="does not answer"):
        twin.load_state(twin.RunningTwin(1, unused_url, {}))


def test_wait_ends_when_sources_have_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([False, False, True])
    monkeypatch.setattr(twin, "load_state", lambda _: TwinState(sources=(replace(INTAKE, is_assigned=next(states)),)))

    assert twin.wait_for_partitions(twin.RunningTwin(1, "", {}), 60) == []
    assert next(states, None) is None


def test_source_without_partitions_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    never_ready = replace(INTAKE, name="idle", not_ready_reason="no such topic")
    sources = (replace(INTAKE, is_assigned=True), replace(INTAKE, name="late"), never_ready)
    monkeypatch.setattr(twin, "load_state", lambda _: TwinState(sources=sources))

    assert twin.wait_for_partitions(twin.RunningTwin(1, "", {}), 0) == ["late"]
