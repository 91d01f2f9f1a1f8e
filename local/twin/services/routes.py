"""The route to a Service: it opens when the revision is ready for the first time, and then stays open."""

import asyncio
from pathlib import Path

from local.manifests.serving import Service


class Route:
    """The route of one Service. A file in `home` keeps it open after a restart of the twin, as on a cluster."""

    def __init__(self, service: Service, home: Path) -> None:
        self._file = home / "routes" / service.name
        self._open = asyncio.Event()
        if service.scaling.initial_scale == 0 or self._file.exists():
            self._open.set()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    def open(self) -> None:
        """Open the route and store that it is open."""
        if not self.is_open:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
            self._open.set()

    async def wait_until_open(self) -> None:
        await self._open.wait()
