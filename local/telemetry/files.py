"""Exports of spans in files: a line each, as they came; the oldest go when there are too many."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

#: What a home keeps of its traces at most.
FILES, FILE_BYTES = 8, 16 * 1024 * 1024

_NAMES = "traces-[0-9]*.jsonl"


def append(folder: Path, lines: Sequence[bytes]) -> None:
    """Raises OSError, after which a part of the lines may have been written."""
    # A blank line first: what a full disk or a power cut left of a line spoils no other.
    written = b"\n".join([b"", *lines, b""])
    file = _with_room_for(len(written), folder)
    with file.open("ab") as opened:
        opened.write(written)


def mentioning(folder: Path, text: str) -> Iterator[dict[str, Any]]:
    """The exports in which this text of lower-case letters and digits occurs in either case, the oldest first."""
    wanted = (text.encode(), text.upper().encode())
    for line in _lines(folder):
        if any(one in line for one in wanted) and (export := _parsed(line)) is not None:
            yield export


def _lines(folder: Path) -> Iterator[bytes]:
    for file in sorted(folder.glob(_NAMES)):
        try:
            with file.open("rb") as opened:
                yield from opened
        except FileNotFoundError:
            continue  # it has just become the oldest of too many


def _parsed(line: bytes) -> dict[str, Any] | None:
    """None for a part of a line, also one that is just being written."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def _with_room_for(size: int, folder: Path) -> Path:
    """The file to append to, which is a new one when the newest would grow too large."""
    files = sorted(folder.glob(_NAMES))
    if files and files[-1].stat().st_size + size <= FILE_BYTES:
        return files[-1]
    for surplus in files[: max(0, len(files) + 1 - FILES)]:
        surplus.unlink()
    number = int(files[-1].stem.rpartition("-")[2]) + 1 if files else 1
    file = folder / f"traces-{number:08}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    return file
