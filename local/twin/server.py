"""The twin's loopback ports, and the handlers of three kinds of ports.

Each public Service has a port. One port serves requests to cluster host names, and one port returns the twin's state.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from local import files
from local.platform.state import find_free_port
from local.twin.cluster_network import SINK_INGRESS
from local.twin.http_client import HttpResponse
from local.twin.services.function import Function
from local.twin.services.proxy import as_response, forward_request
from local.twin.services.replicas import HOST
from local.twin.sources.records import DeliveryRequest
from local.twin.sources.sink import KafkaSinks
from local.twin.state import TwinState

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class PortTakenError(Exception):
    """A port of this home on which another process listens."""


class Ports:
    """The open ports by name. A file in `home` stores them, so that each name has the same port after a restart."""

    def __init__(self, home: Path) -> None:
        self._file = home / "ports.json"
        self._saved_ports: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}
        self._runners: list[web.ServerRunner] = []
        self._sites: dict[str, web.TCPSite] = {}

    async def listen(self, name: str, handler: Handler) -> str:
        """Start `handler` on the port of `name` and return its URL. Raise PortTakenError if the port is in use."""
        runner = web.ServerRunner(web.Server(handler, handler_cancellation=True))
        await runner.setup()
        port = self._saved_ports.get(name) or find_free_port()
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise PortTakenError(
                f"Port {port} of {name} is in use by another process. End that process, or remove {self._file}."
            ) from error
        self._runners.append(runner)
        self._sites[name] = site
        self._saved_ports[name] = port
        files.write_private_file(self._file, json.dumps(self._saved_ports))
        return f"http://{HOST}:{port}"

    async def stop_accepting(self, except_for: str | None = None) -> None:
        """Stop accepting new connections on all ports, except the port with the name `except_for`."""
        for name in self._sites.keys() - {except_for}:
            await self._sites.pop(name).stop()

    async def close(self) -> None:
        await self.stop_accepting()
        for runner in self._runners:
            await runner.cleanup()


def create_function_handler(function: Function) -> Handler:
    """Return a handler that forwards every request to `function`."""

    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        return await forward_request(function, incoming)

    return handle


def create_cluster_handler(functions: list[Function], sinks: KafkaSinks) -> Handler:
    """Return a handler that forwards a request to the Service or the KafkaSinks that its Host header names."""
    hosts = {function.service.host: function for function in functions}
    hosts |= {f"{function.service.name}.localhost": function for function in functions}

    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        host = incoming.host.partition(":")[0]
        if function := hosts.get(host):
            return await forward_request(function, incoming)
        if host != SINK_INGRESS:
            return as_response(HttpResponse(404, f"the twin knows no host {host}\n".encode()))
        if incoming.method != "POST":
            return as_response(HttpResponse(405))
        headers = tuple((name, value) for name, value in incoming.headers.items())
        return as_response(await sinks.call(incoming.path_qs, DeliveryRequest(headers, await incoming.read() or None)))

    return handle


def create_state_handler(get_state: Callable[[], TwinState]) -> Handler:
    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        if (incoming.method, incoming.path) != ("GET", "/state"):
            return as_response(HttpResponse(404, b"the only resource is GET /state\n"))
        return web.json_response(get_state().as_dict())

    return handle
