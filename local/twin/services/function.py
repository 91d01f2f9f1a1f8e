"""A Knative Service in the twin: its route, activator, replicas and autoscaler."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from local.manifests.serving import Service
from local.tasks import start_task
from local.telemetry.span import Emit
from local.twin.histograms import Histogram
from local.twin.http_client import HttpResponse, encode_latin1
from local.twin.services import limits
from local.twin.services.activator import Activator
from local.twin.services.autoscaler import Autoscaler
from local.twin.services.callers import BufferingCaller, Caller, MeasuredCaller
from local.twin.services.environment import ConfigSources
from local.twin.services.exchange import ReplicaRequest
from local.twin.services.headers import build_container_headers
from local.twin.services.limits import LimitEnforcer
from local.twin.services.relay import relay_request
from local.twin.services.replicas import Replicas
from local.twin.services.routes import Route
from local.twin.services.serving_metrics import INVOCATION_BOUNDS, RevisionMetrics
from local.twin.sources.records import DeliveryRequest
from local.twin.state import FunctionState, ScalingEvent
from local.twin.tracing import trace_wait

if TYPE_CHECKING:
    import asyncio

_LOOPBACK = "127.0.0.1"


class Function:
    """A Knative Service that answers requests as a cluster's gateway and activator would."""

    def __init__(  # noqa: PLR0913  # the parts of a function
        self,
        service: Service,
        config_sources: ConfigSources,
        home: Path,
        on_scaled: Callable[[ScalingEvent], None],
        emit: Emit,
        *,
        limit_enforcer: LimitEnforcer,
    ) -> None:
        self.service = service
        self.route = Route(service, home)
        self._emit = emit
        self._activator = Activator(service.revision.container_concurrency, self._record_change)
        self._replicas = Replicas(
            service, config_sources, home, self._activator, self._reconcile, limit_enforcer=limit_enforcer
        )
        self._autoscaler = Autoscaler(service, self._replicas, on_scaled, self._set_proxy_mode)
        self._invocations = Histogram(INVOCATION_BOUNDS)
        self._autoscaler_task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._autoscaler_task = start_task(self._autoscaler.run(), f"autoscaler of {self.service.name}")

    async def stop(self) -> None:
        if self._autoscaler_task:
            self._autoscaler_task.cancel()
        self._autoscaler.stop()
        await self._replicas.stop()
        self._activator.refuse_requests()

    async def call(self, target: str, request: DeliveryRequest) -> HttpResponse:
        """Return the response to a request of a source. Raise TransportError if the response is incomplete.

        Wait for the route first: on a cluster, a source is not ready before its sink has an address.
        """
        await self.route.wait_until_open()
        body, caller = request.body or b"", BufferingCaller()
        headers = [(b"host", self.service.host.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(name.encode(), encode_latin1(value)) for name, value in request.headers]
        while_queued = trace_wait(request, self.service.name, self._emit)
        await self._relay(ReplicaRequest("POST", target, headers, body), _LOOPBACK, caller, while_queued)
        return HttpResponse(caller.status, bytes(caller.body))

    async def forward(self, request: ReplicaRequest, client: str, caller: Caller) -> None:
        """Forward a request of a client outside the twin, and pass the response to `caller`.

        `client` is the IP address of the client. Raise TransportError if the response is incomplete.
        """
        await self._relay(request, client, caller, nullcontext())

    @property
    def failure(self) -> str | None:
        """The failure of the replicas in words that follow the function's name, or None if there is none."""
        return self._replicas.failure

    def get_metrics(self) -> RevisionMetrics:
        decision, (stable, panic) = self._autoscaler.decision, self._autoscaler.get_averages()
        return RevisionMetrics(
            namespace=self.service.metadata.namespace,
            service=self.service.name,
            name=self.service.revision_name,
            desired=max(0, decision.desired),
            requested=self._autoscaler.desired,
            excess=decision.excess_burst_capacity,
            replicas=self._replicas.count,
            ready=self._replicas.ready_count,
            terminating=self._replicas.terminating_count,
            is_panicking=self._autoscaler.is_panicking,
            stable=stable,
            panic=panic,
            target=self._autoscaler.target,
            queued=self._activator.queue_length,
            active=self._activator.in_flight,
            invocations=self._invocations,
        )

    def get_state(self) -> FunctionState:
        return FunctionState(
            name=self.service.name,
            revision=self.service.revision_name,
            host=self.service.host,
            desired=self._autoscaler.desired,
            ready=self._replicas.ready_count,
            is_panicking=self._autoscaler.is_panicking,
            queue_length=self._activator.queue_length,
            in_flight=self._activator.in_flight,
            failure=self.failure,
            limits=limits.parse_limits(self.service),
        )

    async def _relay(
        self, request: ReplicaRequest, client: str, caller: Caller, while_queued: AbstractContextManager[None]
    ) -> None:
        acquired_backend, measured_caller = (
            self._activator.acquire_backend(while_queued),
            MeasuredCaller(caller, self._invocations),
        )
        build_request = measured_caller.wrap_with_timer(lambda: self._add_container_headers(request, client))
        await relay_request(self.service.revision, acquired_backend, build_request, measured_caller)

    def _add_container_headers(self, request: ReplicaRequest, client: str) -> ReplicaRequest:
        is_proxied = self._activator.in_proxy_mode
        return replace(request, headers=build_container_headers(request.headers, client, is_proxied=is_proxied))

    def _record_change(self, delta: int, is_proxied: bool) -> None:  # noqa: FBT001  # a callback
        self._autoscaler.record_change(delta, is_proxied=is_proxied)

    def _set_proxy_mode(self, is_proxied: bool) -> None:  # noqa: FBT001  # a callback
        self._activator.in_proxy_mode = is_proxied
        if self._autoscaler.has_been_ready:
            self.route.open()

    def _reconcile(self) -> None:
        self._autoscaler.reconcile()
