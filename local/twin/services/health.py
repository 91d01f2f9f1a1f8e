"""The health of a replica: its probes decide whether it gets requests, and whether it must be restarted."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from local.manifests.serving import Container, Probe
from local.twin.services.activator import Backend
from local.twin.services.probe import watch_probe


@dataclass(frozen=True)
class HealthWatch:
    """The probes of one start of a replica.

    `on_readiness` is called with True when the replica becomes ready, and with False when it becomes unready.
    `on_failure` ends the replica after a failed startup or liveness probe.
    """

    container: Container
    backend: Backend
    on_readiness: Callable[[bool], None]
    on_failure: Callable[[], Awaitable[None]]

    async def run(self) -> None:
        """Probe until a startup or liveness probe has failed, or until this task is cancelled.

        Readiness and liveness probes start after the startup probe has succeeded.
        """
        startup = self.container.startup_probe
        if startup and not await self._wait_for_startup(startup):
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_readiness())
            if self.container.liveness_probe:
                group.create_task(self._watch_liveness(self.container.liveness_probe))

    async def _wait_for_startup(self, probe: Probe) -> bool:
        """Return whether the startup probe has succeeded. If it has failed, end the replica."""
        async with aclosing(watch_probe(probe, self.backend.host, self.backend.port)) as results:
            passed = await anext(results)
        if not passed:
            await self.on_failure()
        return passed

    async def _watch_liveness(self, probe: Probe) -> None:
        async with aclosing(watch_probe(probe, self.backend.host, self.backend.port)) as results:
            async for passed in results:
                if not passed:
                    await self.on_failure()
                    return

    async def _watch_readiness(self) -> None:
        probe = self.container.readiness_probe
        async with aclosing(watch_probe(probe, self.backend.host, self.backend.port, fast_start=True)) as results:
            async for passed in results:
                if passed is not self.backend.is_ready:
                    self.on_readiness(passed)
