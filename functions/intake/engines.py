"""Which engines there are: those that have a topic. Adding an engine's manifest is all that makes it known."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from events.topics import BULK, PAGES

#: How long a new engine may go unnoticed.
_SECONDS = 10


@dataclass
class Engines:
    """Asks Kafka, and remembers the answer for a while. Calling it raises Unavailable."""

    topics: Callable[[], frozenset[str]]
    _known: frozenset[str] = frozenset()
    _until: float = field(default=float("-inf"))

    def __call__(self) -> frozenset[str]:
        if time.monotonic() >= self._until:
            pages = (topic.removeprefix(PAGES) for topic in self.topics() if topic.startswith(PAGES))
            self._known = frozenset(name for name in pages if not name.endswith(BULK))
            self._until = time.monotonic() + _SECONDS
        return self._known
