"""The cluster's names inside the twin: a URL leads to a Service or KafkaSink of ours, or out over HTTP."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from local.manifests.eventing import Destination
from local.twin import http
from local.twin.http import Answer, TransportError
from local.twin.sources.records import Request

SINK_INGRESS = "kafka-sink-ingress.knative-eventing.svc.cluster.local"

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Handler = Callable[[str, Request], Awaitable[Answer]]
There = Callable[[], Awaitable[None]]


class Mesh:
    """Hosts of the cluster and what answers for them; a handler gets the target (path and query) and the request."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._waited: dict[str, There] = {}

    def add(self, host: str, handler: Handler, there: There | None = None) -> None:
        """What answers for `host`, from when `there` has returned."""
        self._handlers[host] = handler
        if there:
            self._waited[host] = there

    async def there(self, url: str) -> None:
        """Wait until whatever `url` names can be found at all: a source whose sink has no address does not run."""
        if there := self._waited.get(urlsplit(url).hostname or ""):
            await there()

    def handler(self, host: str) -> Handler | None:
        return self._handlers.get(host)

    async def post(self, url: str, request: Request) -> Answer:
        """The answer of whatever `url` names; raises TransportError."""
        if any(_CONTROL.search(value) for _, value in request.headers):
            # The dispatcher's HTTP client refuses such a header before it connects.
            raise TransportError("a header has a control character")
        parts = urlsplit(url)
        host = parts.hostname or ""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if handler := self._handlers.get(host):
            return await handler(target, request)
        if host.endswith(".svc.cluster.local"):
            raise TransportError(f"no such host: {host}")
        return await http.post(host, parts.port or 80, target, request)


def url_of(destination: Destination, namespace: str) -> str:
    """The URL that Knative resolves a destination to; `namespace` is that of the source."""
    if destination.ref is None:
        return destination.uri or ""
    name, namespace = destination.ref.name, destination.ref.namespace or namespace
    if destination.ref.kind == "KafkaSink":
        return f"http://{SINK_INGRESS}/{namespace}/{name}"
    return f"http://{name}.{namespace}.svc.cluster.local"
