"""The replicas of a Service: local processes that are started, probed, restarted after a crash, and drained."""

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
from local.platform.state import find_free_port
from local.tasks import start_task
from local.twin import replica_logs
from local.twin.services import limits, process
from local.twin.services.activator import Activator, Backend
from local.twin.services.environment import ConfigSources, build_command, build_environment, build_pod_variables
from local.twin.services.failure_status import FailureStatus
from local.twin.services.health import HealthWatch
from local.twin.services.limits import LimitEnforcer, LimitGuard

log = structlog.get_logger()

HOST = "127.0.0.1"
# The kubelet's longest pause before a restart, in seconds, with the feature ReduceDefaultCrashLoopBackOffDecay. The
# first restart is immediate, the second after 1 s, and then the pause doubles.
_MAX_BACKOFF = 60.0


@dataclass(eq=False)
class Replica:
    """The counterpart of a pod. A replica keeps its number when its process is restarted."""

    number: int
    ready_deadline: asyncio.TimerHandle
    backend: Backend | None = None
    process: asyncio.subprocess.Process | None = None
    guard: LimitGuard | None = None
    guard_task: asyncio.Task[None] | None = None
    run_task: asyncio.Task[None] | None = None


class Replicas:
    """The replicas of one Service. `on_readiness_change` is called when a replica becomes ready or unready."""

    def __init__(  # noqa: PLR0913  # the parts of a replica
        self,
        service: Service,
        config_sources: ConfigSources,
        home: Path,
        activator: Activator,
        on_readiness_change: Callable[[], None],
        *,
        limit_enforcer: LimitEnforcer,
    ) -> None:
        self._service = service
        self._limit_enforcer = limit_enforcer
        self._limits = limits.parse_limits(service)
        self._config_sources = config_sources
        self._home = home
        self._activator = activator
        self._on_readiness_change = on_readiness_change
        self._numbers = itertools.count(1)
        self._replicas: list[Replica] = []
        self._drain_tasks: set[asyncio.Task[None]] = set()
        self._failure_status = FailureStatus()

    @property
    def ready_count(self) -> int:
        return sum(bool(replica.backend and replica.backend.is_ready) for replica in self._replicas)

    @property
    def count(self) -> int:
        return len(self._replicas)

    @property
    def terminating_count(self) -> int:
        return len(self._drain_tasks)

    @property
    def failure(self) -> str | None:
        """The failure of the replicas in words that follow the function's name, or None if there is none."""
        return self._failure_status.describe(time.monotonic())

    def scale(self, count: int) -> None:
        """Start or drain replicas until their number is `count`."""
        while len(self._replicas) < count:
            replica = self._create_replica()
            self._replicas.append(replica)
            replica.run_task = start_task(self._run_replica(replica), f"{self._service.name} {replica.number}")
        while len(self._replicas) > count:
            replica = min(self._replicas, key=_get_removal_rank)
            self._replicas.remove(replica)
            self._drain_tasks.add(task := start_task(self._drain(replica), f"{self._service.name} {replica.number}"))
            task.add_done_callback(self._drain_tasks.discard)

    def _create_replica(self) -> Replica:
        number, seconds = next(self._numbers), self._service.scaling.progress_deadline
        log_file = replica_logs.get_log_file(self._home, self._service.name, number)
        deadline = asyncio.get_running_loop().call_later(seconds, self._report_never_ready, number, log_file)
        return Replica(number, deadline)

    async def stop(self) -> None:
        """Drain all replicas and wait until their processes have ended."""
        self.scale(0)
        await asyncio.gather(*self._drain_tasks)

    async def _run_replica(self, replica: Replica) -> None:
        """Start the process of a replica, and start it again after each end, until cancelled."""
        for crashes in itertools.count():
            await asyncio.sleep(min(2.0 ** (crashes - 2), _MAX_BACKOFF) if crashes > 1 else 0)
            try:
                replica.backend = backend = Backend(HOST, find_free_port())
                replica.process = child = await self._start_process(replica, backend.port)
            except OSError as error:
                log.error("replica.cannot_start", service=self._service.name, reason=str(error))  # noqa: TRY400  # a traceback of the twin does not help users
                self._failure_status.record_start_error(str(error), time.monotonic())
                continue
            await self._wait_until_ended(replica, child, backend)

    async def _start_process(self, replica: Replica, port: int) -> asyncio.subprocess.Process:
        environment = build_environment(self._service, self._config_sources, port, self._home) | build_pod_variables(
            self._service, replica.number
        )
        replica.guard = self._limit_enforcer.create_guard(f"{self._service.name}-{replica.number}", self._limits)
        child = await process.start(
            build_command(self._service, environment),
            environment,
            self._service.container.working_dir,
            self._get_log_file(replica),
            replica.guard,
        )
        replica.guard_task = start_task(
            replica.guard.supervise(child), f"limits of {self._service.name} {replica.number}"
        )
        return child

    def _get_log_file(self, replica: Replica) -> Path:
        return replica_logs.get_log_file(self._home, self._service.name, replica.number)

    async def _wait_until_ended(self, replica: Replica, child: asyncio.subprocess.Process, backend: Backend) -> None:
        """Probe the process until it has ended, and record why it ended."""
        on_readiness = partial(self._set_readiness, replica, backend, time.monotonic())
        health = HealthWatch(self._service.container, backend, on_readiness, partial(self._end_unhealthy, child))
        probe_task = start_task(health.run(), f"probes of {self._service.name} {replica.number}")
        try:
            code = await child.wait()
        finally:
            probe_task.cancel()
            # Wait for the cancellation: a probe that succeeds now would add the ended process to the activator.
            await asyncio.wait({probe_task})
        process.kill_session(child)
        self._remove_backend(backend)
        if replica.guard_task:
            # An error of this task is in the log. Ignore it here, because the replica must be restarted in any case.
            await asyncio.wait({replica.guard_task})
        if replica.guard and replica.guard.is_oom_killed:
            self._failure_status.record_out_of_memory(
                self._limits.memory, self._get_log_file(replica), time.monotonic()
            )
        else:
            self._failure_status.record_exit(code, self._get_log_file(replica), time.monotonic())
        log.warning("replica.ended", service=self._service.name, replica=replica.number, code=code)

    def _set_readiness(self, replica: Replica, backend: Backend, started_at: float, has_become_ready: bool) -> None:  # noqa: FBT001  # a callback
        seconds = round(time.monotonic() - started_at, 3)
        if not has_become_ready:
            log.warning("replica.not_ready", service=self._service.name, replica=replica.number, seconds=seconds)
            self._remove_backend(backend)
            return
        log.info("replica.ready", service=self._service.name, replica=replica.number, seconds=seconds)
        replica.ready_deadline.cancel()
        self._failure_status.record_ready(time.monotonic())
        self._activator.add_backend(backend)
        self._on_readiness_change()

    async def _end_unhealthy(self, child: asyncio.subprocess.Process) -> None:
        """End a replica whose startup or liveness probe has failed. `_run_replica` then restarts it."""
        log.warning("replica.not_alive", service=self._service.name)
        await process.end(child, self._service.revision.timeout_seconds)

    def _remove_backend(self, backend: Backend) -> None:
        self._activator.remove_backend(backend)
        self._on_readiness_change()

    def _report_never_ready(self, number: int, log_file: Path) -> None:
        log.error("replica.never_ready", service=self._service.name, replica=number)
        self._failure_status.record_never_ready(self._service.scaling.progress_deadline, log_file)

    async def _drain(self, replica: Replica) -> None:
        replica.ready_deadline.cancel()
        if replica.run_task:
            replica.run_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await replica.run_task
        grace = self._service.revision.timeout_seconds
        if replica.backend:
            self._activator.remove_backend(replica.backend)
            if replica.backend.is_busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(replica.backend.became_idle.wait(), grace)
        if replica.process:
            # As with queue-proxy's preStop hook, the container gets SIGTERM only after its last request. On a cluster,
            # the hook first waits for 30 s without requests, because requests may arrive late there.
            await process.end(replica.process, grace)
        if replica.guard_task:
            await asyncio.wait({replica.guard_task})
        log.info("replica.stopped", service=self._service.name, replica=replica.number)


def _get_removal_rank(replica: Replica) -> tuple[bool, int, int]:
    """Return a sort key. Replicas that are not ready are removed first, then those with the fewest requests in flight.

    Of equal replicas, the youngest is removed first.
    """
    backend = replica.backend
    return (bool(backend and backend.is_ready), backend.in_flight if backend else 0, -replica.number)
