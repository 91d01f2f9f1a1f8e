"""What replicas said is kept for one more start of the twin, apart from what is said now."""

from pathlib import Path

from local.twin import logs


def _say(home: Path, text: str) -> None:
    log = logs.of_replica(home, "hello", 1)
    log.parent.mkdir(exist_ok=True)
    log.write_text(text)


def _there(home: Path) -> dict[str, str]:
    return {log.name: log.read_text() for log in (home / "logs").iterdir()}


def test_a_twin_begins_with_no_logs_and_keeps_those_of_the_one_before(tmp_path: Path) -> None:
    _say(tmp_path, "first")
    logs.set_aside(tmp_path)
    assert _there(tmp_path) == {"hello-1.previous.log": "first"}
    _say(tmp_path, "second")
    logs.set_aside(tmp_path)
    assert _there(tmp_path) == {"hello-1.previous.log": "second"}


def test_what_replicas_said_two_starts_ago_is_forgotten(tmp_path: Path) -> None:
    _say(tmp_path, "first")
    logs.set_aside(tmp_path)
    logs.set_aside(tmp_path)
    assert _there(tmp_path) == {}


def test_logs_of_the_platform_stay(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/kafka.log").write_text("kafka")
    logs.set_aside(tmp_path)
    assert _there(tmp_path) == {"kafka.log": "kafka"}
