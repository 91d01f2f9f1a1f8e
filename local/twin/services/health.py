"""What becomes of a replica by its probes: ready for requests or not, and ended when it is not alive."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from local.manifests.serving import Container, Probe
from local.twin.services.activator import Backend
from local.twin.services.probe import verdicts


@dataclass(frozen=True)
class Health:
    """Of one start of a replica; `readied` hears that it is ready, and that it no longer is, `dead` ends it."""

    container: Container
    backend: Backend
    readied: Callable[[bool], None]
    dead: Callable[[], Awaitable[None]]

    async def watch(self) -> None:
        """Until it is dead or this is cancelled; nothing else is asked before a startup probe has succeeded."""
        startup = self.container.startup_probe
        if startup and not await self._starts(startup):
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ready())
            if self.container.liveness_probe:
                group.create_task(self._lives(self.container.liveness_probe))

    async def _starts(self, probe: Probe) -> bool:
        async with aclosing(verdicts(probe, self.backend.host, self.backend.port)) as found:
            good = await anext(found)
        if not good:
            await self.dead()
        return good

    async def _lives(self, probe: Probe) -> None:
        async with aclosing(verdicts(probe, self.backend.host, self.backend.port)) as found:
            async for good in found:
                if not good:
                    await self.dead()
                    return

    async def _ready(self) -> None:
        probe = self.container.readiness_probe
        async with aclosing(verdicts(probe, self.backend.host, self.backend.port, hurried=True)) as found:
            async for good in found:
                if good is not self.backend.ready:
                    self.readied(good)
