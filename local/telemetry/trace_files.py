"""Exports of spans in files: one export per line, in order of arrival. The oldest file is deleted at the limit."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

#: The most files and bytes per file that a home stores of its traces.
MAX_FILES, MAX_FILE_BYTES = 8, 16 * 1024 * 1024

_FILE_PATTERN = "traces-[0-9]*.jsonl"


def append_lines(folder: Path, lines: Sequence[bytes]) -> None:
    """Append lines to the newest file. Raise OSError if the disk fails; then some lines may have been written."""
    # Start with an empty line, so that a line that a full disk or a power failure cut off does not damage the next.
    content = b"\n".join([b"", *lines, b""])
    file = _choose_file(folder, len(content))
    with file.open("ab") as opened:
        opened.write(content)


def find_exports(folder: Path, text: str) -> Iterator[dict[str, Any]]:
    """Yield the exports that contain a lower-case text in lower or upper case, oldest first."""
    variants = (text.encode(), text.upper().encode())
    for line in _read_lines(folder):
        if any(variant in line for variant in variants) and (export := _parse_line(line)) is not None:
            yield export


def _read_lines(folder: Path) -> Iterator[bytes]:
    for file in sorted(folder.glob(_FILE_PATTERN)):
        try:
            with file.open("rb") as opened:
                yield from opened
        except FileNotFoundError:
            continue  # the writer deleted it as the oldest file after it was listed


def _parse_line(line: bytes) -> dict[str, Any] | None:
    """Return the export of a line, or None if the line is incomplete because of a failure or a write in progress."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def _choose_file(folder: Path, size: int) -> Path:
    """Return the newest file, or a new one if `size` more bytes would exceed the newest file's limit."""
    files = sorted(folder.glob(_FILE_PATTERN))
    if files and files[-1].stat().st_size + size <= MAX_FILE_BYTES:
        return files[-1]
    for surplus in files[: max(0, len(files) + 1 - MAX_FILES)]:
        surplus.unlink()
    number = int(files[-1].stem.rpartition("-")[2]) + 1 if files else 1
    file = folder / f"traces-{number:08}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    return file
