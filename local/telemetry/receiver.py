"""OTLP over HTTP in JSON encoding, and the metrics for Prometheus."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from local.telemetry.forward import FORWARDED
from local.telemetry.telemetry import METRICS, TRACES, Telemetry

#: The largest body, also unpacked, in bytes.
LARGEST = 4 * 1024 * 1024
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Take = Callable[[bytes], dict[str, Any]]


def to_telemetry(telemetry: Telemetry) -> Handler:
    """What answers at the endpoint; packed bodies are unpacked before they come here."""
    takes: Mapping[tuple[str, str], Take] = {("POST", TRACES): telemetry.traces, ("POST", METRICS): telemetry.metrics}

    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        asked = (incoming.method, incoming.path)
        if asked == ("GET", "/metrics"):
            return web.Response(body=telemetry.exposition(), headers={"content-type": _EXPOSITION})
        if take := takes.get(asked):
            return await _taken(incoming, take)
        return _said(404, f"ask for POST {TRACES}, POST {METRICS} or GET /metrics")

    return handle


async def _taken(incoming: web.BaseRequest, take: Take) -> web.Response:
    if incoming.content_type != "application/json":
        return _said(415, f"{incoming.content_type} is not read here; set OTEL_EXPORTER_OTLP_PROTOCOL=http/json")
    try:
        body = await incoming.clone(client_max_size=LARGEST).read()
        return web.json_response({} if FORWARDED in incoming.headers else take(body))
    except web.HTTPRequestEntityTooLarge:
        return _said(413, f"more than {LARGEST} bytes; export fewer spans at a time")
    except (ValueError, web.RequestPayloadError) as error:
        return _said(400, f"not understood: {error}")


def _said(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
