"""Telemetry passed on to a collector of the user's own, so that a Jaeger sees it too."""

import asyncio

import aiohttp
import structlog

from local.tasks import beside

log = structlog.get_logger()

#: Marks what a twin has passed on. No twin takes it: each could be the other's collector, and spans go in circles.
FORWARDED = "x-pagebus-forwarded"

_WAITING_BYTES = 16 * 1024 * 1024
_TIMEOUT_SECONDS = 5.0
_LAST_SECONDS = 2.0


class Forward:
    """Posts to `collector` beside everything else; what that does not take is dropped, which the log says once."""

    def __init__(self, collector: str) -> None:
        self._collector = collector
        self._queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._dropping = False

    def start(self) -> None:
        self._task = beside(self._run(), "telemetry to the collector")

    async def stop(self) -> None:
        """Send what waits, unless that takes too long."""
        try:
            await asyncio.wait_for(self._queue.join(), _LAST_SECONDS)
        except TimeoutError:
            self._dropped("the twin ends")
        if self._task:
            self._task.cancel()

    def offer(self, path: str, body: bytes) -> None:
        if self._bytes + len(body) > _WAITING_BYTES:
            self._dropped("it is slow")
            return
        self._queue.put_nowait((path, body))
        self._bytes += len(body)

    async def _run(self) -> None:
        headers = {"content-type": "application/json", FORWARDED: "1"}
        timeout = aiohttp.ClientTimeout(_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as client:
            while True:
                path, body = await self._queue.get()
                self._bytes -= len(body)
                await self._post(client, path, body)
                self._queue.task_done()

    async def _post(self, client: aiohttp.ClientSession, path: str, body: bytes) -> None:
        try:
            async with client.post(self._collector + path, data=body) as answer:
                if answer.ok:
                    self._dropping = False
                else:
                    self._dropped(f"it answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self._dropped(str(error) or type(error).__name__)

    def _dropped(self, reason: str) -> None:
        if not self._dropping:
            log.warning("telemetry.not_forwarded", reason=reason)
        self._dropping = True
