"""Whether requests find a Service: a route leads to it once its revision was ready, and stays."""

import asyncio
from pathlib import Path

from local.manifests.serving import Service


class Route:
    """Kept in `home`, as a cluster keeps it, for a twin that is started again."""

    def __init__(self, service: Service, home: Path) -> None:
        self._file = home / "routes" / service.name
        self._open = asyncio.Event()
        if service.scaling.initial_scale == 0 or self._file.exists():
            self._open.set()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    def open(self) -> None:
        if not self.is_open:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
            self._open.set()

    async def there(self) -> None:
        await self._open.wait()
