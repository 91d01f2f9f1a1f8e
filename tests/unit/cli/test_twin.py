"""The twin is known again by its process, and by nothing that an earlier one left."""

import json
import os
from pathlib import Path

import pytest

from local.cli import twin
from local.cli.errors import Failed
from local.platform import process, state


def _this_process() -> process.Process:
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return process.Process(os.getpid(), started)


def _told(home: Path, pid: int) -> None:
    home.mkdir(exist_ok=True)
    (home / "twin.json").write_text(json.dumps({"pid": pid, "control": "http://127.0.0.1:1", "urls": {}}))


def test_a_twin_is_up_when_its_process_lives_and_has_said_where_it_is(tmp_path: Path) -> None:
    assert twin.running(tmp_path) is None
    state.remember_process(tmp_path, "twin", _this_process())
    assert twin.running(tmp_path) is None
    _told(tmp_path, os.getpid())
    assert twin.running(tmp_path) == twin.Twin(os.getpid(), "http://127.0.0.1:1", {})


def test_what_a_dead_twin_said_is_not_believed(tmp_path: Path) -> None:
    state.remember_process(tmp_path, "twin", _this_process())
    _told(tmp_path, os.getpid() + 1)

    assert twin.running(tmp_path) is None


def test_another_process_with_the_old_number_is_no_twin_and_is_not_ended(tmp_path: Path) -> None:
    this = _this_process()
    state.remember_process(tmp_path, "twin", process.Process(this.pid, this.started - 1))
    _told(tmp_path, this.pid)

    assert twin.running(tmp_path) is None
    assert not twin.stop(tmp_path)


def test_a_port_is_known_before_the_twin_starts_and_stays(tmp_path: Path) -> None:
    port = twin.port_of(tmp_path, "gateway")

    assert twin.port_of(tmp_path, "gateway") == port
    assert json.loads((tmp_path / "ports.json").read_text()) == {"gateway": port}


def test_a_twin_that_does_not_answer_is_named(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{twin.port_of(tmp_path, 'nobody')}"

    with pytest.raises(Failed, match="does not answer"):
        twin.ask(twin.Twin(1, nobody, {}))


def test_up_waits_until_every_source_has_its_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([False, False, True])
    monkeypatch.setattr(twin, "ask", lambda _: {"sources": [{"name": "intake", "assigned": next(looks)}]})

    assert twin.unassigned(twin.Twin(1, "", {}), 60) == []
    assert next(looks, None) is None


def test_a_source_that_gets_no_partitions_in_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [{"name": "intake", "assigned": True}, {"name": "late", "assigned": False}]
    monkeypatch.setattr(twin, "ask", lambda _: {"sources": sources})

    assert twin.unassigned(twin.Twin(1, "", {}), 0) == ["late"]
