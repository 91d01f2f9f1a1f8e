"""An HTTP handler that receives OTLP in JSON encoding and serves the metrics to Prometheus."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from local.telemetry.forwarder import FORWARDED_HEADER
from local.telemetry.telemetry import METRICS, TRACES, Telemetry

#: The limit for the body of a request, before and after decompression.
MAX_BODY_BYTES = 4 * 1024 * 1024
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
#: Stores the body of an export and returns the response as a JSON object. Raises ValueError.
AddExport = Callable[[bytes], dict[str, Any]]


def create_handler(telemetry: Telemetry) -> Handler:
    """Return the HTTP handler of the telemetry port, which stores the received exports in `telemetry`.

    aiohttp decompresses request bodies before it calls the handler.
    """
    routes: Mapping[tuple[str, str], AddExport] = {
        ("POST", TRACES): telemetry.add_traces,
        ("POST", METRICS): telemetry.add_metrics,
    }

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        route = (request.method, request.path)
        if route == ("GET", "/metrics"):
            return web.Response(body=telemetry.render_metrics(), headers={"content-type": _EXPOSITION})
        if add_export := routes.get(route):
            return await _receive_export(request, add_export)
        message = f"{request.path} does not exist. Use POST {TRACES}, POST {METRICS} or GET /metrics."
        return _build_response(404, message)

    return handle


async def _receive_export(request: web.BaseRequest, add_export: AddExport) -> web.Response:
    if request.content_type != "application/json":
        message = f"{request.content_type} is not supported. Set OTEL_EXPORTER_OTLP_PROTOCOL=http/json."
        return _build_response(415, message)
    try:
        body = await request.clone(client_max_size=MAX_BODY_BYTES).read()
        return web.json_response({} if FORWARDED_HEADER in request.headers else add_export(body))
    except web.HTTPRequestEntityTooLarge:
        message = f"The body has more than {MAX_BODY_BYTES} bytes. Export fewer spans or metrics at a time."
        return _build_response(413, message)
    except (ValueError, web.RequestPayloadError) as error:
        return _build_response(400, f"The body could not be parsed: {error}. Send an OTLP export as JSON.")


def _build_response(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
