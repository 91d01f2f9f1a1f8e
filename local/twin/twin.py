"""The twin: it starts functions, sources, sinks and servers, and stops them in order."""

import asyncio
import json
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import Metric

from local import files
from local.manifests.cluster import ConfigMap, Secret
from local.manifests.eventing import KafkaSink, KafkaSource, PingSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.tasks import start_task
from local.telemetry import ENDPOINT_VARIABLE, TELEMETRY
from local.telemetry.receiver import create_handler
from local.telemetry.telemetry import Telemetry
from local.twin.checks import list_unenforced_fields
from local.twin.cluster_network import SINK_INGRESS, ClusterNetwork
from local.twin.server import Ports, create_cluster_handler, create_function_handler, create_state_handler
from local.twin.services import cgroup
from local.twin.services.environment import load_config_sources
from local.twin.services.function import Function
from local.twin.services.model_weights import MODELS_VARIABLE
from local.twin.services.polled_limits import PollingEnforcer
from local.twin.services.serving_metrics import build_serving_metrics
from local.twin.sources import initial_offsets, ping, topics
from local.twin.sources.broker import Broker
from local.twin.sources.eventing_metrics import build_eventing_metrics
from local.twin.sources.sink import KafkaSinks
from local.twin.sources.source import Source, describe_idle_source
from local.twin.state import LimitMethods, TwinState
from local.twin.unavailable_engines import UnavailableEngine, remove_engines

if TYPE_CHECKING:
    from local.twin.services.limits import LimitEnforcer
    from local.twin.state import ScalingEvent

log = structlog.get_logger()

_MAX_SCALING_EVENTS = 1000
_ROUTE_TIMEOUT_SECONDS = 20.0
_POLL_SECONDS = 0.02


class Twin:
    """The local counterpart of a cluster that runs `manifests`, except the unavailable engines.

    `platform` has the environment variables with which functions connect to Kafka, S3 and PostgreSQL. `home` is the
    folder for all files of the twin.
    """

    def __init__(
        self,
        manifests: Manifests,
        platform: Mapping[str, str],
        home: Path,
        telemetry: Telemetry,
        unavailable_engines: Sequence[UnavailableEngine] = (),
    ) -> None:
        manifests = remove_engines(manifests, {engine.engine for engine in unavailable_engines})
        self._manifests, self._unavailable_engines = manifests, unavailable_engines
        self._platform = platform
        self._servers = platform["KAFKA_BOOTSTRAP_SERVERS"]
        self._home = home
        self._telemetry = telemetry
        self._limit_enforcer: LimitEnforcer = cgroup.create_enforcer(home) or PollingEnforcer()
        self._scaling_events: deque[ScalingEvent] = deque(maxlen=_MAX_SCALING_EVENTS)
        self._functions: list[Function] = []
        self._runnable_sources = [source for source in manifests.select(KafkaSource) if source.not_ready_reason is None]
        self._idle_sources = [source for source in manifests.select(KafkaSource) if source.not_ready_reason]
        self._sinks = KafkaSinks(manifests.select(KafkaSink), self._servers, telemetry.emit)
        self._sources: list[Source] = []
        self._ping_tasks: list[asyncio.Task[None]] = []
        self._ports = Ports(home)
        self._urls: dict[str, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Start everything and run until `stop` is set. Then finish the work in flight and stop everything.

        Raise KafkaException if Kafka does not answer, and PortTakenError if another process uses a port of the twin.
        """
        await asyncio.to_thread(topics.create_topics, self._manifests, self._servers)
        await asyncio.to_thread(initial_offsets.commit_initial_offsets, self._runnable_sources, self._servers)
        try:
            self._functions = self._create_functions(await self._start_telemetry())
            state_url = await self._listen()
            self._start_functions_and_sources(await asyncio.to_thread(topics.load_broker, self._servers))
            await self._wait_for_routes(stop)
            self._write_address_file(state_url)
            await stop.wait()
        finally:
            await self._stop()

    def get_state(self) -> TwinState:
        return TwinState(
            functions=tuple(function.get_state() for function in self._functions),
            sources=(*(source.get_state() for source in self._sources), *map(describe_idle_source, self._idle_sources)),
            limit_methods=LimitMethods(self._limit_enforcer.memory_method, self._limit_enforcer.cpu_method),
            urls=self._urls,
            unavailable_engines=tuple(self._unavailable_engines),
            models_folder=os.environ.get(MODELS_VARIABLE),
            scaling_events=tuple(self._scaling_events),
        )

    def _collect_metrics(self) -> Iterator[Metric]:
        yield from build_serving_metrics([function.get_metrics() for function in self._functions])
        yield from build_eventing_metrics([source.get_metrics() for source in self._sources])

    async def _start_telemetry(self) -> str:
        """Start the telemetry server and return its URL. The server must run as long as any function runs."""
        self._urls[TELEMETRY] = url = await self._ports.listen(TELEMETRY, create_handler(self._telemetry))
        self._telemetry.start(url)
        return url

    def _create_functions(self, telemetry_url: str) -> list[Function]:
        manifests, variables = self._manifests, {**self._platform, ENDPOINT_VARIABLE: telemetry_url}
        config_sources = load_config_sources(manifests.select(ConfigMap), manifests.select(Secret), variables)
        on_scaled, emit, enforcer = self._scaling_events.append, self._telemetry.emit, self._limit_enforcer
        return [
            Function(service, config_sources, self._home, on_scaled, emit, limit_enforcer=enforcer)
            for service in manifests.select(Service)
        ]

    async def _wait_for_routes(self, stop: asyncio.Event) -> None:
        """Wait until every public function has a route or a failure, so that a started twin answers requests.

        Give up after 20 seconds, or when `stop` is set.
        """
        deadline = asyncio.get_running_loop().time() + _ROUTE_TIMEOUT_SECONDS
        unrouted_functions = [function for function in self._functions if function.service.is_public]
        while unrouted_functions and not stop.is_set() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_POLL_SECONDS)
            unrouted_functions = [
                function for function in unrouted_functions if not (function.route.is_open or function.failure)
            ]

    async def _listen(self) -> str:
        """Open the ports of public functions, cluster host names and the state. Return the URL of the state."""
        for function in self._functions:
            if function.service.is_public:
                name = function.service.name
                self._urls[name] = await self._ports.listen(name, create_function_handler(function))
        self._urls["cluster"] = await self._ports.listen(
            "cluster", create_cluster_handler(self._functions, self._sinks)
        )
        return await self._ports.listen("control", create_state_handler(self.get_state))

    def _start_functions_and_sources(self, broker: Broker) -> None:
        network = ClusterNetwork()
        network.add_host(SINK_INGRESS, self._sinks.call)
        for function in self._functions:
            network.add_host(function.service.host, function.call, function.route.wait_until_open)
            function.start()
        self._telemetry.set_metric_source(self._collect_metrics)
        emit = self._telemetry.emit
        self._sources = [Source(source, broker, network, emit) for source in self._runnable_sources]
        for source in self._sources:
            source.start()
        self._ping_tasks = [
            start_task(ping.run_source(source, network), "ping") for source in self._manifests.select(PingSource)
        ]
        log.info("twin.up", functions=len(self._functions), sources=len(self._sources), urls=self._urls)
        if services := list_unenforced_fields(self._manifests):
            log.info("manifest.not_enforced_here", services=services)
        for engine in self._unavailable_engines:
            log.info("engine.unavailable", engine=engine.engine, reason=engine.reason)
        log.info("limits.enforced", memory=self._limit_enforcer.memory_method, cpu=self._limit_enforcer.cpu_method)

    def _write_address_file(self, state_url: str) -> None:
        addresses = {"pid": os.getpid(), "control": state_url, "urls": self._urls}
        files.write_private_file(self._home / "twin.json", json.dumps(addresses))

    async def _stop(self) -> None:
        await self._ports.stop_accepting(except_for=TELEMETRY)
        for task in self._ping_tasks:
            task.cancel()
        await asyncio.gather(*(self._stop_function(function) for function in self._functions))
        await asyncio.gather(*(source.stop() for source in self._sources))
        await self._ports.close()
        await self._telemetry.stop()
        self._limit_enforcer.close()
        (self._home / "twin.json").unlink(missing_ok=True)
        log.info("twin.down")

    async def _stop_function(self, function: Function) -> None:
        """Stop a function after its sources, so that the function can still answer deliveries in flight."""
        await asyncio.gather(*(source.stop() for source in self._sources if source.has_sink(function.service.host)))
        await function.stop()
