"""The twin's loopback ports: one for each Service that a cluster would show, one for cluster names, one for control."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from local import files
from local.platform.state import free_port
from local.twin.http import Answer
from local.twin.mesh import SINK_INGRESS
from local.twin.services.function import Function
from local.twin.services.proxy import as_response, forward
from local.twin.services.replicas import HOST
from local.twin.sources.records import Request
from local.twin.sources.sink import Sinks

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class PortTakenError(Exception):
    """A port of an earlier start is in somebody else's hands."""


class Ports:
    """Listens, and keeps every name at the port that it had when this home was used before."""

    def __init__(self, home: Path) -> None:
        self._file = home / "ports.json"
        self._known: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}
        self._runners: list[web.ServerRunner] = []
        self._sites: dict[str, web.TCPSite] = {}

    async def listen(self, name: str, handler: Handler) -> str:
        """The URL at which `handler` answers from now on; raises PortTakenError."""
        runner = web.ServerRunner(web.Server(handler, handler_cancellation=True))
        await runner.setup()
        port = self._known.get(name) or free_port()
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise PortTakenError(
                f"port {port} of {name} is taken; end what listens there, or remove {self._file}"
            ) from error
        self._runners.append(runner)
        self._sites[name] = site
        self._known[name] = port
        files.write(self._file, json.dumps(self._known))
        return f"http://{HOST}:{port}"

    async def refuse_new(self, but: str | None = None) -> None:
        """No new connections, except at the port of this name."""
        for name in self._sites.keys() - {but}:
            await self._sites.pop(name).stop()

    async def close(self) -> None:
        await self.refuse_new()
        for runner in self._runners:
            await runner.cleanup()


def to_function(function: Function) -> Handler:
    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        return await forward(function, incoming)

    return handle


def to_cluster(functions: list[Function], sinks: Sinks) -> Handler:
    """By Host header: what the cluster's own names would reach."""
    hosts = {function.service.host: function for function in functions}
    hosts |= {f"{function.service.name}.localhost": function for function in functions}

    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        host = incoming.host.partition(":")[0]
        if function := hosts.get(host):
            return await forward(function, incoming)
        if host != SINK_INGRESS:
            return as_response(Answer(404, f"the twin knows no host {host}\n".encode()))
        if incoming.method != "POST":
            return as_response(Answer(405))
        headers = tuple((name, value) for name, value in incoming.headers.items())
        return as_response(await sinks.call(incoming.path_qs, Request(headers, await incoming.read() or None)))

    return handle


def to_state(state: Callable[[], dict[str, object]]) -> Handler:
    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        if (incoming.method, incoming.path) != ("GET", "/state"):
            return as_response(Answer(404, b"ask for GET /state\n"))
        return web.json_response(state())

    return handle
