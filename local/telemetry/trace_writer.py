"""A writer of exports of spans to files, which does not block the event loop."""

import asyncio
from pathlib import Path

import structlog

from local.tasks import start_task
from local.telemetry import trace_files

log = structlog.get_logger()

# The limit for the bytes that wait in memory while the disk is slow.
_MAX_WAITING_BYTES = 4 * 1024 * 1024


class TraceWriter:
    """A background task that writes exports to files between `start` and `stop`.

    An export that cannot be written is dropped. A series of drops is logged only once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: list[bytes] = []
        self._bytes = 0
        self._has_lines = asyncio.Event()
        self._dropping = self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = start_task(self._write_until_stopped(), "trace writer")

    async def stop(self) -> None:
        """Write the waiting exports, and stop the task."""
        self._stopping = True
        self._has_lines.set()
        if self._task:
            await self._task

    def add(self, line: bytes) -> None:
        """Queue an export, which must be a single line. Drop it if too many bytes wait already (4 MiB)."""
        if self._bytes + len(line) > _MAX_WAITING_BYTES:
            self._log_drop("the disk is slow")
            return
        self._lines.append(line)
        self._bytes += len(line)
        self._has_lines.set()

    async def _write_until_stopped(self) -> None:
        while not self._stopping:
            await self._has_lines.wait()
            await self._write_waiting()
        await self._write_waiting()

    async def _write_waiting(self) -> None:
        lines, self._lines, self._bytes = self._lines, [], 0
        self._has_lines.clear()
        if not lines:
            return
        try:
            await asyncio.to_thread(trace_files.append_lines, self._folder, lines)
            self._dropping = False
        except OSError as error:
            self._log_drop(str(error))

    def _log_drop(self, reason: str) -> None:
        if not self._dropping:
            log.warning("telemetry.traces_dropped", reason=reason)
        self._dropping = True
