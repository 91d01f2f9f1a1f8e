"""Exports on their way into files, without holding up the loop that took them in."""

import asyncio
from pathlib import Path

import structlog

from local.tasks import beside
from local.telemetry import files

log = structlog.get_logger()

# What may wait for a slow disk, in bytes.
_WAITING = 4 * 1024 * 1024


class Store:
    """Writes in a thread from `start` until `stop`; what cannot be written is dropped, which the log says once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: list[bytes] = []
        self._bytes = 0
        self._some = asyncio.Event()
        self._dropping = self._stopping = False
        self._writer: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._writer = beside(self._write_all(), "traces")

    async def stop(self) -> None:
        """Write what waits."""
        self._stopping = True
        self._some.set()
        if self._writer:
            await self._writer

    def add(self, line: bytes) -> None:
        """Keep an export, which has no line break."""
        if self._bytes + len(line) > _WAITING:
            self._dropped("the disk is slow")
            return
        self._lines.append(line)
        self._bytes += len(line)
        self._some.set()

    async def _write_all(self) -> None:
        while not self._stopping:
            await self._some.wait()
            await self._write()
        await self._write()

    async def _write(self) -> None:
        lines, self._lines, self._bytes = self._lines, [], 0
        self._some.clear()
        if not lines:
            return
        try:
            await asyncio.to_thread(files.append, self._folder, lines)
            self._dropping = False
        except OSError as error:
            self._dropped(str(error))

    def _dropped(self, reason: str) -> None:
        if not self._dropping:
            log.warning("telemetry.traces_dropped", reason=reason)
        self._dropping = True
