"""All parts of the twin, started and stopped in order."""

import asyncio
import json
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import Metric

from local import files
from local.manifests.cluster import ConfigMap, Secret
from local.manifests.eventing import KafkaSink, KafkaSource, PingSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.tasks import beside
from local.telemetry import ENDPOINT, TELEMETRY
from local.telemetry.receiver import to_telemetry
from local.telemetry.telemetry import Telemetry
from local.twin.checks import not_enforced
from local.twin.left_out import LeftOut, without
from local.twin.mesh import SINK_INGRESS, Mesh
from local.twin.server import Ports, to_cluster, to_function, to_state
from local.twin.services import cgroup
from local.twin.services.environment import settings
from local.twin.services.function import Function
from local.twin.services.serving_metrics import serving
from local.twin.services.watched import Watching
from local.twin.services.weights import MODELS
from local.twin.sources import beginning, ping, topics
from local.twin.sources.broker import Broker
from local.twin.sources.eventing_metrics import eventing
from local.twin.sources.sink import Sinks
from local.twin.sources.source import Source, idle

if TYPE_CHECKING:
    from local.twin.services.autoscaler import Scaled
    from local.twin.services.limits import Means

log = structlog.get_logger()

_HISTORY = 1000
_ROUTES_SECONDS = 20.0
_POLL_SECONDS = 0.02


class Twin:
    """Runs `manifests`, but for `absent`, against the platform of these variables; keeps its state under `home`."""

    def __init__(
        self,
        manifests: Manifests,
        platform: Mapping[str, str],
        home: Path,
        telemetry: Telemetry,
        absent: Sequence[LeftOut] = (),
    ) -> None:
        manifests = without(manifests, {one.engine for one in absent})
        self._manifests, self._absent = manifests, absent
        self._platform = platform
        self._servers = platform["KAFKA_BOOTSTRAP_SERVERS"]
        self._home = home
        self._telemetry = telemetry
        self._means: Means = cgroup.groups(home) or Watching()
        self._scaled: deque[Scaled] = deque(maxlen=_HISTORY)
        self._functions: list[Function] = []
        self._ready = [source for source in manifests.of(KafkaSource) if source.never_ready is None]
        self._never_ready = [source for source in manifests.of(KafkaSource) if source.never_ready]
        self._sinks = Sinks(manifests.of(KafkaSink), self._servers, telemetry.emit)
        self._sources: list[Source] = []
        self._pings: list[asyncio.Task[None]] = []
        self._ports = Ports(home)
        self._urls: dict[str, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Everything up, until `stop`; then everything down, without losing what is in flight."""
        await asyncio.to_thread(topics.make, self._manifests, self._servers)
        await asyncio.to_thread(beginning.settle, self._ready, self._servers)
        try:
            self._functions = self._settled(await self._keep_telemetry())
            control = await self._listen()
            self._start(await asyncio.to_thread(topics.broker, self._servers))
            await self._routed(stop)
            self._tell(control)
            await stop.wait()
        finally:
            await self._stop()

    def state(self) -> dict[str, object]:
        return {
            "functions": [function.state() for function in self._functions],
            "sources": [*(source.state() for source in self._sources), *map(idle, self._never_ready)],
            "limits": {"memory": self._means.memory, "cpu": self._means.cpu},
            "urls": self._urls,
            "left_out": [asdict(one) for one in self._absent],
            "models": os.environ.get(MODELS),
            "scaled": [scaled.told() for scaled in self._scaled],
        }

    def _measured(self) -> Iterator[Metric]:
        yield from serving([function.measured() for function in self._functions])
        yield from eventing([source.measured() for source in self._sources])

    async def _keep_telemetry(self) -> str:
        """Before anything has something to tell, and until nothing has: the URL to tell it to."""
        self._urls[TELEMETRY] = url = await self._ports.listen(TELEMETRY, to_telemetry(self._telemetry))
        self._telemetry.start(url)
        return url

    def _settled(self, endpoint: str) -> list[Function]:
        manifests, told = self._manifests, {**self._platform, ENDPOINT: endpoint}
        resolved = settings(manifests.of(ConfigMap), manifests.of(Secret), told)
        scaled, emit, means = self._scaled.append, self._telemetry.emit, self._means
        return [Function(service, resolved, self._home, scaled, emit, means=means) for service in manifests.of(Service)]

    async def _routed(self, stop: asyncio.Event) -> None:
        """Until whoever sees the twin up finds a route to what is public, unless that is in trouble."""
        deadline = asyncio.get_running_loop().time() + _ROUTES_SECONDS
        waited = [function for function in self._functions if function.service.public]
        while waited and not stop.is_set() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_POLL_SECONDS)
            waited = [function for function in waited if not (function.route.is_open or function.failing)]

    async def _listen(self) -> str:
        for function in self._functions:
            if function.service.public:
                name = function.service.name
                self._urls[name] = await self._ports.listen(name, to_function(function))
        self._urls["cluster"] = await self._ports.listen("cluster", to_cluster(self._functions, self._sinks))
        return await self._ports.listen("control", to_state(self.state))

    def _start(self, broker: Broker) -> None:
        mesh = Mesh()
        mesh.add(SINK_INGRESS, self._sinks.call)
        for function in self._functions:
            mesh.add(function.service.host, function.call, function.route.there)
            function.start()
        self._telemetry.show(self._measured)
        emit = self._telemetry.emit
        self._sources = [Source(source, broker, mesh, emit) for source in self._ready]
        for source in self._sources:
            source.start()
        self._pings = [beside(ping.run(source, mesh), "ping") for source in self._manifests.of(PingSource)]
        log.info("twin.up", functions=len(self._functions), sources=len(self._sources), urls=self._urls)
        if services := not_enforced(self._manifests):
            log.info("manifest.not_enforced_here", services=services)
        for one in self._absent:
            log.info("engine.left_out", engine=one.engine, why=one.why)
        log.info("limits.enforced", memory=self._means.memory, cpu=self._means.cpu)

    def _tell(self, control: str) -> None:
        told = {"pid": os.getpid(), "control": control, "urls": self._urls}
        files.write(self._home / "twin.json", json.dumps(told))

    async def _stop(self) -> None:
        await self._ports.refuse_new(but=TELEMETRY)
        for task in self._pings:
            task.cancel()
        await asyncio.gather(*(self._stop_function(function) for function in self._functions))
        await asyncio.gather(*(source.stop() for source in self._sources))
        await self._ports.close()
        await self._telemetry.stop()
        self._means.close()
        (self._home / "twin.json").unlink(missing_ok=True)
        log.info("twin.down")

    async def _stop_function(self, function: Function) -> None:
        """First what feeds it, so that what is in flight finds it still there."""
        await asyncio.gather(*(source.stop() for source in self._sources if source.feeds(function.service.host)))
        await function.stop()
