"""Rotation of replica logs at the start of a twin."""

from pathlib import Path

from local.twin import replica_logs


def _write_logs(home: Path, text: str) -> None:
    log = replica_logs.get_log_file(home, "hello", 1)
    log.parent.mkdir(exist_ok=True)
    log.write_text(text)


def _read_logs(home: Path) -> dict[str, str]:
    return {log.name: log.read_text() for log in (home / "logs").iterdir()}


def test_rotation_keeps_the_logs_of_the_previous_twin(tmp_path: Path) -> None:
    _write_logs(tmp_path, "first")
    replica_logs.rotate_logs(tmp_path)
    assert _read_logs(tmp_path) == {"hello-1.previous.log": "first"}
    _write_logs(tmp_path, "second")
    replica_logs.rotate_logs(tmp_path)
    assert _read_logs(tmp_path) == {"hello-1.previous.log": "second"}


def test_rotation_deletes_logs_of_two_starts_ago(tmp_path: Path) -> None:
    _write_logs(tmp_path, "first")
    replica_logs.rotate_logs(tmp_path)
    replica_logs.rotate_logs(tmp_path)
    assert _read_logs(tmp_path) == {}


def test_rotation_keeps_logs_of_the_platform(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/kafka.log").write_text("kafka")
    replica_logs.rotate_logs(tmp_path)
    assert _read_logs(tmp_path) == {"kafka.log": "kafka"}
