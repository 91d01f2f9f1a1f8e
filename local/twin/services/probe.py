"""Startup, readiness and liveness probes of a replica, with the timing of kubelet and queue-proxy."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from local.manifests.serving import Probe

# Seconds. A queue-proxy probes every 50 ms until the container is ready. The twin probes more often, because a probe on
# loopback costs little.
FAST_INTERVAL = 0.02
_SUCCESS_STATUSES = range(200, 400)


async def watch_probe(probe: Probe, host: str, port: int, *, fast_start: bool = False) -> AsyncGenerator[bool]:
    """Yield True after enough successes in a row, and False after enough failures in a row. Yield changes only.

    With `fast_start`, probe every 20 ms until the first True, unless the manifest sets a period, as in Knative.
    """
    last_result = last_yielded = None
    streak = 0
    fast_start = fast_start and "period_seconds" not in probe.model_fields_set
    await asyncio.sleep(probe.initial_delay_seconds)
    while True:
        has_succeeded = await run_probe(probe, host, port)
        streak, last_result = streak + 1 if has_succeeded is last_result else 1, has_succeeded
        if has_succeeded is not last_yielded and streak >= (
            probe.success_threshold if has_succeeded else probe.failure_threshold
        ):
            last_yielded = has_succeeded
            fast_start = fast_start and not has_succeeded
            yield has_succeeded
        await asyncio.sleep(FAST_INTERVAL if fast_start else probe.period_seconds)


async def run_probe(probe: Probe, host: str, port: int) -> bool:
    """Run the probe once. Return whether the response is 2xx or 3xx, or whether the port accepts a connection."""
    try:
        async with asyncio.timeout(max(1, probe.timeout_seconds)):
            if probe.http_get:
                return await _request_status(host, port, probe.http_get.path) in _SUCCESS_STATUSES
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return True
    except (OSError, TimeoutError, ValueError):
        return False


async def _request_status(host: str, port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        status_line = await reader.readline()
        return int(status_line.split(b" ", 2)[1] if b" " in status_line else 0)
    finally:
        with contextlib.suppress(OSError):
            writer.close()
