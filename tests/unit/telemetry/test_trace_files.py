"""Tests of the files that store exports of spans."""

import stat
from pathlib import Path

import pytest

from local.telemetry import trace_files

TRACE = "0f3a9c1e000050008000000000000001"


def make_line(number: int, trace: str = TRACE) -> bytes:
    return f'{{"n": {number}, "trace": "{trace}"}}'.encode()


def load_numbers(folder: Path) -> list[int]:
    return [export["n"] for export in trace_files.find_exports(folder, TRACE)]


def test_exports_are_found_in_order_of_arrival(tmp_path: Path) -> None:
    folder = tmp_path / "telemetry"
    trace_files.append_lines(folder, [make_line(1), make_line(2)])
    trace_files.append_lines(folder, [make_line(3)])
    assert load_numbers(folder) == [1, 2, 3]
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]


def test_only_exports_of_the_trace_are_found_in_any_case(tmp_path: Path) -> None:
    trace_files.append_lines(tmp_path, [make_line(1, "f" * 32), make_line(2, TRACE.upper()), make_line(3)])
    assert load_numbers(tmp_path) == [2, 3]


def test_incomplete_line_does_not_damage_others(tmp_path: Path) -> None:
    trace_files.append_lines(tmp_path, [make_line(1)])
    with next(tmp_path.iterdir()).open("ab") as file:
        file.write(make_line(2)[:-5])
    assert load_numbers(tmp_path) == [1]
    trace_files.append_lines(tmp_path, [make_line(3)])
    assert load_numbers(tmp_path) == [1, 3]


def test_oldest_file_is_deleted_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_files, "MAX_FILE_BYTES", 200)
    for number in range(100):
        trace_files.append_lines(tmp_path, [make_line(number)])
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= trace_files.MAX_FILES * 200
    stored = load_numbers(tmp_path)
    assert stored == list(range(stored[0], 100))
    assert len(stored) == (trace_files.MAX_FILES - 1) * 3 + 1


def test_stored_bytes_are_limited() -> None:
    assert trace_files.MAX_FILES * trace_files.MAX_FILE_BYTES == 128 * 1024 * 1024


def test_missing_folder_has_no_exports(tmp_path: Path) -> None:
    assert load_numbers(tmp_path / "none") == []
