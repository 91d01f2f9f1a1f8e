"""A forwarder that sends telemetry to the user's own collector, for example Jaeger."""

import asyncio

import aiohttp
import structlog

from local.tasks import start_task

log = structlog.get_logger()

#: The header of forwarded telemetry. A twin ignores telemetry with this header, because two twins that are each other's
#: collector would forward it without end.
FORWARDED_HEADER = "x-pagebus-forwarded"

_MAX_WAITING_BYTES = 16 * 1024 * 1024
_REQUEST_TIMEOUT_S = 5.0
_STOP_TIMEOUT_S = 2.0


class Forwarder:
    """A background task that posts telemetry to a collector.

    Telemetry that the collector does not accept is dropped. A series of drops is logged only once.
    """

    def __init__(self, collector: str) -> None:
        self._collector = collector
        self._queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._dropping = False

    def start(self) -> None:
        self._task = start_task(self._post_queued(), "telemetry to the collector")

    async def stop(self) -> None:
        """Post the queued telemetry for at most 2 s, and stop the task."""
        try:
            await asyncio.wait_for(self._queue.join(), _STOP_TIMEOUT_S)
        except TimeoutError:
            self._log_drop("the twin is stopping")
        if self._task:
            self._task.cancel()

    def enqueue(self, path: str, body: bytes) -> None:
        """Queue the body of an export for a URL path of the collector. Drop it if the queue is full (16 MiB)."""
        if self._bytes + len(body) > _MAX_WAITING_BYTES:
            self._log_drop("the collector is slow")
            return
        self._queue.put_nowait((path, body))
        self._bytes += len(body)

    async def _post_queued(self) -> None:
        headers = {"content-type": "application/json", FORWARDED_HEADER: "1"}
        timeout = aiohttp.ClientTimeout(_REQUEST_TIMEOUT_S)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as client:
            while True:
                path, body = await self._queue.get()
                self._bytes -= len(body)
                await self._post(client, path, body)
                self._queue.task_done()

    async def _post(self, client: aiohttp.ClientSession, path: str, body: bytes) -> None:
        try:
            async with client.post(self._collector + path, data=body) as response:
                if response.ok:
                    self._dropping = False
                else:
                    self._log_drop(f"the collector answered with status {response.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self._log_drop(str(error) or type(error).__name__)

    def _log_drop(self, reason: str) -> None:
        if not self._dropping:
            log.warning("telemetry.not_forwarded", reason=reason)
        self._dropping = True
