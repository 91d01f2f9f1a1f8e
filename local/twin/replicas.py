"""A Service's replicas: local processes that are started, watched, replaced when they crash, and drained."""

import asyncio
import contextlib
import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from local.platform.state import free_port
from local.tasks import beside
from local.twin import limits, logs, process
from local.twin.activator import Activator, Backend
from local.twin.environment import Settings, command, variables
from local.twin.limits import Bound, Means
from local.twin.probe import INTERVAL, ready
from local.twin.serving import Service
from local.twin.trouble import Trouble

log = structlog.get_logger()

HOST = "127.0.0.1"
# The kubelet's back-off with ReduceDefaultCrashLoopBackOffDecay: at once, then 1 s, doubling up to 60 s.
_LONGEST_PAUSE = 60.0


@dataclass(eq=False)
class Replica:
    """What a pod is on a cluster: keeps its number while its process may be started again and again."""

    number: int
    deadline: float
    backend: Backend | None = None
    running: asyncio.subprocess.Process | None = None
    bound: Bound | None = None
    held: asyncio.Task[None] | None = None
    life: asyncio.Task[None] | None = None


class Replicas:
    """`never_ready` is called when a replica has missed its progress deadline."""

    def __init__(  # noqa: PLR0913  # all that a replica is made of
        self,
        service: Service,
        settings: Settings,
        home: Path,
        activator: Activator,
        never_ready: Callable[[], None],
        *,
        means: Means,
    ) -> None:
        self._service = service
        self._means = means
        self._limits = limits.of(service)
        self._settings = settings
        self._home = home
        self._activator = activator
        self._never_ready = never_ready
        self._numbers = itertools.count(1)
        self._replicas: list[Replica] = []
        self._draining: set[asyncio.Task[None]] = set()
        self._trouble = Trouble()

    @property
    def ready(self) -> int:
        return sum(bool(replica.backend and replica.backend.ready) for replica in self._replicas)

    @property
    def count(self) -> int:
        return len(self._replicas)

    @property
    def terminating(self) -> int:
        return len(self._draining)

    @property
    def failing(self) -> str | None:
        """What keeps them from running."""
        return self._trouble.told(time.monotonic())

    def scale(self, count: int) -> None:
        """Start or drain replicas until there are `count`."""
        while len(self._replicas) < count:
            replica = Replica(next(self._numbers), time.monotonic() + self._service.scaling.progress_deadline)
            self._replicas.append(replica)
            replica.life = beside(self._live(replica), f"{self._service.name} {replica.number}")
        while len(self._replicas) > count:
            replica = min(self._replicas, key=_worth)
            self._replicas.remove(replica)
            self._draining.add(task := beside(self._drain(replica), f"{self._service.name} {replica.number}"))
            task.add_done_callback(self._draining.discard)

    async def stop(self) -> None:
        """Drain all replicas and wait until their processes are gone."""
        self.scale(0)
        await asyncio.gather(*self._draining)

    async def _live(self, replica: Replica) -> None:
        for crashes in itertools.count():
            await asyncio.sleep(min(2.0 ** (crashes - 2), _LONGEST_PAUSE) if crashes > 1 else 0)
            started = time.monotonic()
            try:
                replica.running = running = await self._start(replica)
            except OSError as error:
                log.error("replica.cannot_start", service=self._service.name, reason=str(error))  # noqa: TRY400  # no trace of ours
                self._trouble.cannot_start(str(error), time.monotonic())
                continue
            if await self._became_ready(replica, running):
                self._trouble.ready(time.monotonic())
                seconds = round(time.monotonic() - started, 3)
                log.info("replica.ready", service=self._service.name, replica=replica.number, seconds=seconds)
            await self._ended(replica, running)

    async def _watch(self, backend: Backend, running: asyncio.subprocess.Process) -> None:
        """End the process when its liveness probe has failed too often in a row; it is then replaced."""
        probe, failures = self._service.container.liveness_probe, 0
        while probe:
            await asyncio.sleep(probe.period_seconds)
            failures = 0 if await ready(probe, backend.host, backend.port) else failures + 1
            if failures >= probe.failure_threshold:
                log.warning("replica.not_alive", service=self._service.name)
                await process.end(running, self._service.revision.timeout_seconds)
                return

    async def _start(self, replica: Replica) -> asyncio.subprocess.Process:
        port = free_port()
        environment = variables(self._service, self._settings, port, self._home)
        replica.backend = Backend(HOST, port)
        replica.bound = self._means.bind(f"{self._service.name}-{replica.number}", self._limits)
        running = await process.start(
            command(self._service, environment),
            environment,
            self._service.container.working_dir,
            self._log_of(replica),
            replica.bound,
        )
        replica.held = beside(replica.bound.hold(running), f"limits of {self._service.name} {replica.number}")
        return running

    def _log_of(self, replica: Replica) -> Path:
        return logs.of_replica(self._home, self._service.name, replica.number)

    async def _became_ready(self, replica: Replica, running: asyncio.subprocess.Process) -> bool:
        backend = replica.backend
        while running.returncode is None and backend:
            if await ready(self._service.container.readiness_probe, backend.host, backend.port):
                self._activator.add(backend)
                return True
            if time.monotonic() > replica.deadline:
                log.error("replica.never_ready", service=self._service.name, replica=replica.number)
                replica.deadline = math.inf
                self._trouble.never_ready(self._service.scaling.progress_deadline, self._log_of(replica))
                self._never_ready()
            await asyncio.sleep(INTERVAL)
        return False

    async def _ended(self, replica: Replica, running: asyncio.subprocess.Process) -> None:
        watch = beside(self._watch(replica.backend, running), "liveness") if replica.backend else None
        try:
            code = await running.wait()
        finally:
            if watch:
                watch.cancel()
        process.kill(running)
        if replica.backend:
            self._activator.remove(replica.backend)
        if replica.held:
            await asyncio.shield(replica.held)
        if replica.bound and replica.bound.out_of_memory:
            self._trouble.out_of_memory(self._limits.memory, self._log_of(replica), time.monotonic())
        else:
            self._trouble.ended(code, self._log_of(replica), time.monotonic())
        log.warning("replica.ended", service=self._service.name, replica=replica.number, code=code)

    async def _drain(self, replica: Replica) -> None:
        if replica.life:
            replica.life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await replica.life
        grace = self._service.revision.timeout_seconds
        if replica.backend:
            self._activator.remove(replica.backend)
            if replica.backend.in_flight:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(replica.backend.idle.wait(), grace)
        if replica.running:
            # The container sees SIGTERM only when its last request is done: queue-proxy's preStop hook.
            await process.end(replica.running, grace)
        if replica.held:
            await replica.held
        log.info("replica.stopped", service=self._service.name, replica=replica.number)


def _worth(replica: Replica) -> tuple[bool, int, int]:
    """Who goes first when fewer are wanted: what is not ready, then what does least, then the youngest."""
    backend = replica.backend
    return (bool(backend and backend.ready), backend.in_flight if backend else 0, -replica.number)
