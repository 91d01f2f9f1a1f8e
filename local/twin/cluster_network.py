"""Cluster host names inside the twin: a URL leads to a Service or KafkaSink of the twin, or to an outside server."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from local.manifests.eventing import Destination
from local.twin import http_client
from local.twin.http_client import HttpResponse, TransportError
from local.twin.sources.records import DeliveryRequest

SINK_INGRESS = "kafka-sink-ingress.knative-eventing.svc.cluster.local"

_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Handler = Callable[[str, DeliveryRequest], Awaitable[HttpResponse]]
WaitUntilReachable = Callable[[], Awaitable[None]]


class ClusterNetwork:
    """The network inside a cluster: a handler for each host name.

    A handler receives the target of the request (path and query), and the request.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._reachability: dict[str, WaitUntilReachable] = {}

    def add_host(self, host: str, handler: Handler, wait_until_reachable: WaitUntilReachable | None = None) -> None:
        """Add the handler of `host`.

        `wait_until_reachable` returns when the host has an address. None means that the host always has one.
        """
        self._handlers[host] = handler
        if wait_until_reachable:
            self._reachability[host] = wait_until_reachable

    async def wait_until_reachable(self, url: str) -> None:
        """Wait until the host of `url` has an address, because a source on a cluster does not run without its sink."""
        if wait := self._reachability.get(urlsplit(url).hostname or ""):
            await wait()

    async def post(self, url: str, request: DeliveryRequest) -> HttpResponse:
        """POST `request` to `url` and return the response.

        Raise TransportError if a header has a control character, or if no complete response arrives.
        """
        if any(_CONTROL_CHARACTER.search(value) for _, value in request.headers):
            # The HTTP client of Knative's dispatcher also refuses control characters, before it connects.
            raise TransportError("a header has a control character")
        parts = urlsplit(url)
        host = parts.hostname or ""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if handler := self._handlers.get(host):
            return await handler(target, request)
        if host.endswith(".svc.cluster.local"):
            raise TransportError(f"no such host: {host}")
        return await http_client.post(host, parts.port or 80, target, request)


def resolve_url(destination: Destination, namespace: str) -> str:
    """Return the URL of a destination, as Knative resolves it.

    `namespace` is the namespace of the source. It applies if the destination has no namespace of its own.
    """
    if destination.ref is None:
        return destination.uri or ""
    name, namespace = destination.ref.name, destination.ref.namespace or namespace
    if destination.ref.kind == "KafkaSink":
        return f"http://{SINK_INGRESS}/{namespace}/{name}"
    return f"http://{name}.{namespace}.svc.cluster.local"
