"""Whether a replica has started, is ready and is alive: its probes, asked as kubelet and queue-proxy ask them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from local.manifests.serving import Probe

# queue-proxy probes every 50 ms until the container is ready; a connect on loopback may be had more often.
INTERVAL = 0.02
_OK = range(200, 400)


async def verdicts(probe: Probe, host: str, port: int, *, hurried: bool = False) -> AsyncGenerator[bool]:
    """True when it has succeeded often enough in a row, False when it has failed often enough; changes only.

    `hurried` asks without pause until the first True, as Knative does where a manifest leaves the period out.
    """
    last = verdict = None
    in_a_row = 0
    hurried = hurried and "period_seconds" not in probe.model_fields_set
    await asyncio.sleep(probe.initial_delay_seconds)
    while True:
        good = await passes(probe, host, port)
        in_a_row, last = in_a_row + 1 if good is last else 1, good
        if good is not verdict and in_a_row >= (probe.success_threshold if good else probe.failure_threshold):
            verdict = good
            hurried = hurried and not good
            yield good
        await asyncio.sleep(INTERVAL if hurried else probe.period_seconds)


async def passes(probe: Probe, host: str, port: int) -> bool:
    """One try: the probe's httpGet answers 2xx or 3xx, or the port accepts a connection."""
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
