"""Exports in files."""

import stat
from pathlib import Path

import pytest

from local.telemetry import files

TRACE = "0f3a9c1e000050008000000000000001"


def line(number: int, trace: str = TRACE) -> bytes:
    return f'{{"n": {number}, "trace": "{trace}"}}'.encode()


def numbers(folder: Path) -> list[int]:
    return [export["n"] for export in files.mentioning(folder, TRACE)]


def test_what_was_appended_is_found_in_the_order_in_which_it_came(tmp_path: Path) -> None:
    folder = tmp_path / "telemetry"
    files.append(folder, [line(1), line(2)])
    files.append(folder, [line(3)])
    assert numbers(folder) == [1, 2, 3]
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]


def test_only_what_mentions_the_trace_is_found_in_whichever_case_it_is_written(tmp_path: Path) -> None:
    files.append(tmp_path, [line(1, "f" * 32), line(2, TRACE.upper()), line(3)])
    assert numbers(tmp_path) == [2, 3]


def test_half_a_line_spoils_no_other(tmp_path: Path) -> None:
    files.append(tmp_path, [line(1)])
    with next(tmp_path.iterdir()).open("ab") as file:
        file.write(line(2)[:-5])
    assert numbers(tmp_path) == [1]
    files.append(tmp_path, [line(3)])
    assert numbers(tmp_path) == [1, 3]


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILE_BYTES", 200)
    for number in range(100):
        files.append(tmp_path, [line(number)])
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= files.FILES * 200
    kept = numbers(tmp_path)
    assert kept == list(range(kept[0], 100))
    assert len(kept) == (files.FILES - 1) * 3 + 1


def test_what_is_kept_is_bounded() -> None:
    assert files.FILES * files.FILE_BYTES == 128 * 1024 * 1024


def test_where_nothing_was_kept_nothing_is_found(tmp_path: Path) -> None:
    assert numbers(tmp_path / "none") == []
