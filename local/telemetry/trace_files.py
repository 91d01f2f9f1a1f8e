"""Files with exports of spans: one export per line, in order of arrival. The oldest of too many files is deleted."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

#: The limits for the traces in a home folder: the number of files, and the size of each file.
MAX_FILES, MAX_FILE_BYTES = 8, 16 * 1024 * 1024

_FILE_PATTERN = "traces-[0-9]*.jsonl"


def append_lines(folder: Path, lines: Sequence[bytes]) -> None:
    """Append lines to the newest file. Raise OSError if the disk fails. Some lines may then already be written."""
    # A full disk or a power failure can cut off the last line of the file. So the content starts with a line break.
    content = b"\n".join([b"", *lines, b""])
    file = _choose_file(folder, len(content))
    with file.open("ab") as stream:
        stream.write(content)


def find_exports(folder: Path, text: str) -> Iterator[dict[str, Any]]:
    """Yield the exports that contain `text`, oldest first. `text` is lower-case; it is also found in upper case."""
    variants = (text.encode(), text.upper().encode())
    for line in _read_lines(folder):
        if any(variant in line for variant in variants) and (export := _parse_line(line)) is not None:
            yield export


def _read_lines(folder: Path) -> Iterator[bytes]:
    for file in sorted(folder.glob(_FILE_PATTERN)):
        try:
            with file.open("rb") as stream:
                yield from stream
        except FileNotFoundError:
            continue  # the writer has deleted this file, the oldest one, since the files were listed


def _parse_line(line: bytes) -> dict[str, Any] | None:
    """Return the export in a line, or None if the line is empty or incomplete after a failure or during a write."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def _choose_file(folder: Path, size: int) -> Path:
    """Return the file for the next `size` bytes: the newest file or, if that file would be too large, a new file."""
    files = sorted(folder.glob(_FILE_PATTERN))
    if files and files[-1].stat().st_size + size <= MAX_FILE_BYTES:
        return files[-1]
    for old_file in files[: max(0, len(files) + 1 - MAX_FILES)]:
        old_file.unlink()
    number = int(files[-1].stem.rpartition("-")[2]) + 1 if files else 1
    file = folder / f"traces-{number:08}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    return file
