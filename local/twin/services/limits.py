"""What one replica may use of this machine, and who sees to it.

A cluster holds a container to its limits by a control group. Where this machine lets us make one, so do we (cgroup.py);
else we look at what a replica uses, and give it whole cores (watched.py). What remains is said.
"""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from local.manifests.quantity import quantity
from local.manifests.serving import Container, Service

_BOUND = ("memory", "cpu")


@dataclass(frozen=True)
class Limits:
    """Bytes and cores; None where there is no limit."""

    memory: int | None = None
    cpu: float | None = None

    def told(self) -> dict[str, int | float | None]:
        return {"memory": self.memory, "cpu": self.cpu}


class Bound(Protocol):
    """One start of a replica, within its limits."""

    #: Whether it was ended because it wanted more memory; known once `hold` has returned.
    out_of_memory: bool

    def enter(self) -> None:
        """Called in the new process between fork and exec: system calls only, and no error comes out of it."""

    async def hold(self, running: asyncio.subprocess.Process) -> None:
        """See to the limits until the process has ended."""

    def forget(self) -> None:
        """No process has come of it."""


class Means(Protocol):
    """How this machine holds replicas to their limits; `memory` and `cpu` say it to people."""

    @property
    def memory(self) -> str: ...

    @property
    def cpu(self) -> str: ...

    def bind(self, name: str, limits: Limits) -> Bound:
        """For one start of the replica of this name; raises OSError."""

    def close(self) -> None:
        """No replica is left."""


def of(service: Service) -> Limits:
    """Raises ValueError for what is no quantity."""
    given = service.container.resources.get("limits", {})
    memory, cpu = (quantity(given[name]) if name in given else None for name in _BOUND)
    return Limits(None if memory is None else math.ceil(memory), None if cpu is None else float(cpu))


def problems(container: Container) -> Iterator[str]:
    """What nothing could run within."""
    for name, value in container.resources.get("limits", {}).items():
        if name in _BOUND and not quantity(value):
            yield f"resources.limits.{name}: nothing can run within 0; raise it"


def not_enforced(service: Service) -> Iterator[str]:
    """Fields for a cluster only: one machine has nothing to reserve, and holds nothing else to a limit."""
    for kind, given in service.container.resources.items():
        if kind == "requests":
            yield "resources.requests"
        else:
            yield from (f"resources.limits.{name}" for name in given if name not in _BOUND)
