"""Startup, readiness and liveness probes of a replica, run as kubelet and queue-proxy run them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from local.manifests.serving import Probe

# A queue-proxy probes every 50 ms until the container is ready. On loopback, a shorter interval costs little.
FAST_INTERVAL = 0.02
_OK = range(200, 400)


async def watch_probe(probe: Probe, host: str, port: int, *, fast_start: bool = False) -> AsyncGenerator[bool]:
    """Yield True after enough successes in a row and False after enough failures in a row, only when this changes.

    With `fast_start`, probe every 20 ms until the first True, unless the manifest sets a period: so does Knative.
    """
    last = verdict = None
    in_a_row = 0
    fast_start = fast_start and "period_seconds" not in probe.model_fields_set
    await asyncio.sleep(probe.initial_delay_seconds)
    while True:
        good = await run_probe(probe, host, port)
        in_a_row, last = in_a_row + 1 if good is last else 1, good
        if good is not verdict and in_a_row >= (probe.success_threshold if good else probe.failure_threshold):
            verdict = good
            fast_start = fast_start and not good
            yield good
        await asyncio.sleep(FAST_INTERVAL if fast_start else probe.period_seconds)


async def run_probe(probe: Probe, host: str, port: int) -> bool:
    """Return whether one try succeeds: httpGet answers 2xx or 3xx, or the port accepts a connection."""
    try:
        async with asyncio.timeout(max(1, probe.timeout_seconds)):
            if probe.http_get:
                return await _get(host, port, probe.http_get.path) in _OK
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return True
    except (OSError, TimeoutError, ValueError):
        return False


async def _get(host: str, port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        status_line = await reader.readline()
        return int(status_line.split(b" ", 2)[1] if b" " in status_line else 0)
    finally:
        with contextlib.suppress(OSError):
            writer.close()
