"""A Service in the twin: its activator, replicas and autoscaler, and requests that go through them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import h11

from local.tasks import beside
from local.telemetry.span import Emit
from local.twin.activator import Activator
from local.twin.autoscaler import Autoscaler, Scaled
from local.twin.environment import Settings
from local.twin.exchange import Message, declared_length
from local.twin.headers import at_container
from local.twin.http import Answer, TransportError, latin1
from local.twin.records import Request
from local.twin.relay import Caller, relay
from local.twin.replicas import Replicas
from local.twin.routes import Route
from local.twin.serving import Service
from local.twin.tracing import waiting

if TYPE_CHECKING:
    import asyncio

_LOOPBACK = "127.0.0.1"


class Function:
    """One Service, answering requests as gateway and activator would."""

    def __init__(
        self, service: Service, settings: Settings, home: Path, scaled: Callable[[Scaled], None], emit: Emit
    ) -> None:
        self.service = service
        self.route = Route(service, home)
        self._emit = emit
        self._activator = Activator(service.revision.container_concurrency, self._changed)
        self._replicas = Replicas(service, settings, home, self._activator, self._readiness_changed)
        self._autoscaler = Autoscaler(service, self._replicas, scaled, self._proxied)
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = beside(self._autoscaler.run(), f"autoscaler of {self.service.name}")

    async def stop(self) -> None:
        if self._loop:
            self._loop.cancel()
        self._autoscaler.stop()
        await self._replicas.stop()
        self._activator.refuse()

    async def call(self, target: str, request: Request) -> Answer:
        """The answer to a source, which on a cluster is not ready before there is a route; raises TransportError."""
        await self.route.there()
        body, answering = request.body or b"", _Whole()
        headers = [(b"host", self.service.host.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(name.encode(), latin1(value)) for name, value in request.headers]
        waits = waiting(request, self.service.name, self._emit)
        await self._relay(Message("POST", target, headers, body), _LOOPBACK, answering, waits)
        return Answer(answering.status, bytes(answering.body))

    async def pass_on(self, message: Message, client: str, caller: Caller) -> None:
        """A request of `client` from outside; raises TransportError when the answer to `caller` breaks off."""
        await self._relay(message, client, caller, nullcontext())

    @property
    def failing(self) -> str | None:
        """What keeps its replicas from running."""
        return self._replicas.failing

    def state(self) -> dict[str, str | int | None]:
        return {
            "name": self.service.name,
            "revision": f"{self.service.name}-00001",
            "desired": self._autoscaler.desired,
            "ready": self._replicas.ready,
            "panic": self._autoscaler.panicking,
            "queue": self._activator.queue,
            "in_flight": self._activator.in_flight,
            "failing": self.failing,
        }

    async def _relay(self, message: Message, client: str, caller: Caller, waits: AbstractContextManager[None]) -> None:
        place = self._activator.backend(waits)
        await relay(self.service.revision, place, lambda: self._at_container(message, client), caller)

    def _at_container(self, message: Message, client: str) -> Message:
        return replace(message, headers=at_container(message.headers, client, proxied=self._activator.proxying))

    def _changed(self, by: int, proxied: bool) -> None:  # noqa: FBT001  # a callback
        self._autoscaler.change(by, proxied=proxied)

    def _proxied(self, proxied: bool) -> None:  # noqa: FBT001  # a callback
        self._activator.proxying = proxied
        if self._autoscaler.routed:
            self.route.open()

    def _readiness_changed(self) -> None:
        self._autoscaler.reconcile()


class _Whole:
    """A caller that wants the answer as a whole."""

    def __init__(self) -> None:
        self.status, self.body = 0, bytearray()
        self._length: int | None = None

    async def head(self, head: h11.Response) -> None:
        self.status, self._length = head.status_code, declared_length(head)

    async def part(self, data: bytes) -> None:
        self.body += data

    async def end(self) -> None:
        if self._length not in {None, len(self.body)}:
            raise TransportError("unexpected EOF")

    async def instead(self, answer: Answer) -> None:
        self.status, self.body = answer.status, bytearray(answer.body)
