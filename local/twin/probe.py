"""Whether a replica is ready: its readiness probe, asked as often as Knative's queue-proxy asks."""

import asyncio
import contextlib

from local.twin.serving import Probe

# queue-proxy probes every 50 ms until the container is ready; a connect on loopback may be had more often.
INTERVAL = 0.02
_OK = range(200, 400)


async def ready(probe: Probe, host: str, port: int) -> bool:
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
