"""A Service's replicas: local processes that are started, watched, replaced when they crash, and drained."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from local.manifests.serving import Service
from local.platform.state import free_port
from local.tasks import beside
from local.twin import logs
from local.twin.services import limits, process
from local.twin.services.activator import Activator, Backend
from local.twin.services.environment import Settings, command, pod, variables
from local.twin.services.health import Health
from local.twin.services.limits import Bound, Means
from local.twin.services.trouble import Trouble

log = structlog.get_logger()

HOST = "127.0.0.1"
# The kubelet's back-off with ReduceDefaultCrashLoopBackOffDecay: at once, then 1 s, doubling up to 60 s.
_LONGEST_PAUSE = 60.0


@dataclass(eq=False)
class Replica:
    """What a pod is on a cluster: keeps its number while its process may be started again and again."""

    number: int
    deadline: asyncio.TimerHandle
    backend: Backend | None = None
    running: asyncio.subprocess.Process | None = None
    bound: Bound | None = None
    held: asyncio.Task[None] | None = None
    life: asyncio.Task[None] | None = None


class Replicas:
    """`changed` is called when a replica becomes ready, and when it stops being so."""

    def __init__(  # noqa: PLR0913  # all that a replica is made of
        self,
        service: Service,
        settings: Settings,
        home: Path,
        activator: Activator,
        changed: Callable[[], None],
        *,
        means: Means,
    ) -> None:
        self._service = service
        self._means = means
        self._limits = limits.of(service)
        self._settings = settings
        self._home = home
        self._activator = activator
        self._changed = changed
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
            replica = self._new()
            self._replicas.append(replica)
            replica.life = beside(self._live(replica), f"{self._service.name} {replica.number}")
        while len(self._replicas) > count:
            replica = min(self._replicas, key=_worth)
            self._replicas.remove(replica)
            self._draining.add(task := beside(self._drain(replica), f"{self._service.name} {replica.number}"))
            task.add_done_callback(self._draining.discard)

    def _new(self) -> Replica:
        number, seconds = next(self._numbers), self._service.scaling.progress_deadline
        log_file = logs.of_replica(self._home, self._service.name, number)
        deadline = asyncio.get_running_loop().call_later(seconds, self._late, number, log_file)
        return Replica(number, deadline)

    async def stop(self) -> None:
        """Drain all replicas and wait until their processes are gone."""
        self.scale(0)
        await asyncio.gather(*self._draining)

    async def _live(self, replica: Replica) -> None:
        for crashes in itertools.count():
            await asyncio.sleep(min(2.0 ** (crashes - 2), _LONGEST_PAUSE) if crashes > 1 else 0)
            try:
                replica.backend = backend = Backend(HOST, free_port())
                replica.running = running = await self._start(replica, backend.port)
            except OSError as error:
                log.error("replica.cannot_start", service=self._service.name, reason=str(error))  # noqa: TRY400  # no trace of ours
                self._trouble.cannot_start(str(error), time.monotonic())
                continue
            await self._ended(replica, running, backend)

    async def _start(self, replica: Replica, port: int) -> asyncio.subprocess.Process:
        environment = variables(self._service, self._settings, port, self._home) | pod(self._service, replica.number)
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

    async def _ended(self, replica: Replica, running: asyncio.subprocess.Process, backend: Backend) -> None:
        """Until the process has ended, asked meanwhile how it is."""
        readied = partial(self._readied, replica, backend, time.monotonic())
        health = Health(self._service.container, backend, readied, partial(self._dead, running))
        probed = beside(health.watch(), f"probes of {self._service.name} {replica.number}")
        try:
            code = await running.wait()
        finally:
            probed.cancel()
            # A probe that succeeds in this moment must not make ready what has ended: nobody would withdraw it again.
            await asyncio.wait({probed})
        process.kill(running)
        self._withdraw(backend)
        if replica.held:
            # Should it have failed, the log says so; the replica is started again all the same.
            await asyncio.wait({replica.held})
        if replica.bound and replica.bound.out_of_memory:
            self._trouble.out_of_memory(self._limits.memory, self._log_of(replica), time.monotonic())
        else:
            self._trouble.ended(code, self._log_of(replica), time.monotonic())
        log.warning("replica.ended", service=self._service.name, replica=replica.number, code=code)

    def _readied(self, replica: Replica, backend: Backend, started: float, ready: bool) -> None:  # noqa: FBT001  # a callback
        seconds = round(time.monotonic() - started, 3)
        if not ready:
            log.warning("replica.not_ready", service=self._service.name, replica=replica.number, seconds=seconds)
            self._withdraw(backend)
            return
        log.info("replica.ready", service=self._service.name, replica=replica.number, seconds=seconds)
        replica.deadline.cancel()
        self._trouble.ready(time.monotonic())
        self._activator.add(backend)
        self._changed()

    async def _dead(self, running: asyncio.subprocess.Process) -> None:
        """It is started again when it has ended."""
        log.warning("replica.not_alive", service=self._service.name)
        await process.end(running, self._service.revision.timeout_seconds)

    def _withdraw(self, backend: Backend) -> None:
        self._activator.remove(backend)
        self._changed()

    def _late(self, number: int, log_file: Path) -> None:
        log.error("replica.never_ready", service=self._service.name, replica=number)
        self._trouble.never_ready(self._service.scaling.progress_deadline, log_file)

    async def _drain(self, replica: Replica) -> None:
        replica.deadline.cancel()
        if replica.life:
            replica.life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await replica.life
        grace = self._service.revision.timeout_seconds
        if replica.backend:
            self._activator.remove(replica.backend)
            if replica.backend.busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(replica.backend.idle.wait(), grace)
        if replica.running:
            # The container sees SIGTERM only when its last request is done: queue-proxy's preStop hook. That waits for
            # 30 s of silence first, since on a cluster requests may still be on their way; here none is.
            await process.end(replica.running, grace)
        if replica.held:
            await asyncio.wait({replica.held})
        log.info("replica.stopped", service=self._service.name, replica=replica.number)


def _worth(replica: Replica) -> tuple[bool, int, int]:
    """Who goes first when fewer are wanted: what is not ready, then what does least, then the youngest."""
    backend = replica.backend
    return (bool(backend and backend.ready), backend.in_flight if backend else 0, -replica.number)
