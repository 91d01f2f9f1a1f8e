"""A Service in the twin: its activator, replicas and autoscaler, and requests that go through them."""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from local.tasks import beside
from local.telemetry.span import Emit
from local.twin import http, limits
from local.twin.activator import Activator, Backend, QueueFullError
from local.twin.autoscaler import Autoscaler, Scaled
from local.twin.environment import Settings
from local.twin.http import Answer, TransportError
from local.twin.latencies import Latencies
from local.twin.limits import Means
from local.twin.records import Request
from local.twin.replicas import Replicas
from local.twin.serving import Service
from local.twin.serving_metrics import INVOCATION_BOUNDS, Revision
from local.twin.tracing import waiting

TIMEOUT = Answer(504, b"activator request timeout")
QUEUE_FULL = Answer(503, b"pending request queue full\n")


def forwarded(client: str) -> tuple[tuple[str, str], ...]:
    """What gateway and activator add to a request of `client`."""
    return (
        ("forwarded", f"for={client};proto=http"),
        ("x-forwarded-for", client),
        ("x-forwarded-proto", "http"),
        ("x-request-id", str(uuid.uuid4())),
        ("k-proxy-request", "activator"),
    )


class Function:
    """One Service, answering requests as its activator would."""

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
        self._emit = emit
        self._activator = Activator(service.revision.container_concurrency, self._changed)
        self._replicas = Replicas(service, settings, home, self._activator, self._failed, means=means)
        self._autoscaler = Autoscaler(service, self._replicas, scaled)
        self._invocations = Latencies(INVOCATION_BOUNDS)
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = beside(self._autoscaler.run(), f"autoscaler of {self.service.name}")

    async def stop(self) -> None:
        if self._loop:
            self._loop.cancel()
        await self._replicas.stop()
        self._activator.refuse()

    def backend(self) -> AbstractAsyncContextManager[Backend]:
        return self._activator.backend()

    async def call(self, target: str, request: Request) -> Answer:
        """The answer within the Service's timeouts, which count queueing and cold start too."""
        revision = self.service.revision
        end = asyncio.get_running_loop().time() + revision.timeout_seconds
        place = self._activator.backend(waiting(request, self.service.name, self._emit))
        try:
            async with asyncio.timeout(revision.response_start_timeout) as limit, place as backend:
                sent = request.adding((("host", self.service.host), *forwarded("127.0.0.1")))
                begun = time.monotonic()
                answer = await http.post(
                    backend.host,
                    backend.port,
                    target,
                    sent,
                    on_head=lambda: limit.reschedule(end),
                    kept=backend.connections,
                )
                self.answered(answer.status, begun)
                return answer
        except TimeoutError:
            return TIMEOUT
        except QueueFullError:
            return QUEUE_FULL
        except TransportError as error:
            return Answer(502, f"{error}\n".encode())

    def answered(self, status: int, begun: float) -> None:
        """A replica had a request since `begun`, by the monotonic clock."""
        self._invocations.observe(time.monotonic() - begun, (str(status),))

    def measured(self) -> Revision:
        stable, panic = self._autoscaler.averages()
        return Revision(
            namespace=self.service.metadata.namespace,
            service=self.service.name,
            name=f"{self.service.name}-00001",
            desired=self._autoscaler.desired,
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
            "revision": f"{self.service.name}-00001",
            "host": self.service.host,
            "desired": self._autoscaler.desired,
            "ready": self._replicas.ready,
            "panic": self._autoscaler.panicking,
            "queue": self._activator.queue,
            "in_flight": self._activator.in_flight,
            "failing": self._replicas.failing,
            "limits": limits.of(self.service).told(),
        }

    def _changed(self, by: int) -> None:
        self._autoscaler.change(by)

    def _failed(self) -> None:
        self._autoscaler.failed()
