"""A Service in the twin: its activator, replicas and autoscaler, and requests that go through them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import h11

from local.manifests.serving import Service
from local.tasks import beside
from local.telemetry.span import Emit
from local.twin.http import Answer, TransportError, latin1
from local.twin.latencies import Latencies
from local.twin.services import limits
from local.twin.services.activator import Activator
from local.twin.services.autoscaler import Autoscaler, Scaled
from local.twin.services.environment import Settings
from local.twin.services.exchange import Message, declared_length
from local.twin.services.headers import at_container
from local.twin.services.invocations import Invocation
from local.twin.services.limits import Means
from local.twin.services.relay import Caller, relay
from local.twin.services.replicas import Replicas
from local.twin.services.routes import Route
from local.twin.services.serving_metrics import INVOCATION_BOUNDS, Revision
from local.twin.sources.records import Request
from local.twin.tracing import waiting

if TYPE_CHECKING:
    import asyncio

_LOOPBACK = "127.0.0.1"


class Function:
    """One Service, answering requests as gateway and activator would."""

    def __init__(  # noqa: PLR0913  # all that a function is made of
        self,
        service: Service,
        settings: Settings,
        home: Path,
        scaled: Callable[[Scaled], None],
        emit: Emit,
        *,
        means: Means,
    ) -> None:
        self.service = service
        self.route = Route(service, home)
        self._emit = emit
        self._activator = Activator(service.revision.container_concurrency, self._changed)
        self._replicas = Replicas(service, settings, home, self._activator, self._readiness_changed, means=means)
        self._autoscaler = Autoscaler(service, self._replicas, scaled, self._proxied)
        self._invocations = Latencies(INVOCATION_BOUNDS)
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

    def measured(self) -> Revision:
        decision, (stable, panic) = self._autoscaler.decision, self._autoscaler.averages()
        return Revision(
            namespace=self.service.metadata.namespace,
            service=self.service.name,
            name=self.service.revision_name,
            desired=max(0, decision.want),
            requested=self._autoscaler.desired,
            excess=decision.excess,
            replicas=self._replicas.count,
            ready=self._replicas.ready,
            terminating=self._replicas.terminating,
            panicking=self._autoscaler.panicking,
            stable=stable,
            panic=panic,
            target=self._autoscaler.target,
            queued=self._activator.queue,
            active=self._activator.in_flight,
            invocations=self._invocations,
        )

    def state(self) -> dict[str, object]:
        return {
            "name": self.service.name,
            "revision": self.service.revision_name,
            "host": self.service.host,
            "desired": self._autoscaler.desired,
            "ready": self._replicas.ready,
            "panic": self._autoscaler.panicking,
            "queue": self._activator.queue,
            "in_flight": self._activator.in_flight,
            "failing": self.failing,
            "limits": limits.of(self.service).told(),
        }

    async def _relay(self, message: Message, client: str, caller: Caller, waits: AbstractContextManager[None]) -> None:
        place, counted = self._activator.backend(waits), Invocation(caller, self._invocations)
        made = counted.begin(lambda: self._at_container(message, client))
        await relay(self.service.revision, place, made, counted)

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
