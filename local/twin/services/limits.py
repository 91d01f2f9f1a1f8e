"""The memory and CPU limits of a replica, and the interface of the code that enforces them.

A cluster enforces the limits of a container by a control group. The twin does the same if the machine allows it
(cgroup.py). Otherwise it polls the memory of a replica and assigns whole cores to it (polled_limits.py). The function
`list_unenforced_fields` lists the limits that the twin does not enforce.
"""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from local.manifests.quantity import parse_quantity
from local.manifests.serving import Container, Service

_ENFORCED_RESOURCES = ("memory", "cpu")


@dataclass(frozen=True)
class Limits:
    """The memory limit in bytes and the CPU limit in cores; None means no limit."""

    memory: int | None = None
    cpu: float | None = None


class LimitGuard(Protocol):
    """The enforcement of limits for one process of a replica and its children, from its start until it ends."""

    #: Whether the process was killed for lack of memory. The value is valid after `supervise` has returned.
    is_oom_killed: bool

    def apply_in_child(self) -> None:
        """Apply the limits in the child process between fork and exec. Use only system calls, and do not raise."""

    async def supervise(self, child: asyncio.subprocess.Process) -> None:
        """Enforce the limits until the process has ended."""

    def release(self) -> None:
        """Release the resources of the guard. Call this only if the process could not be started."""


class LimitEnforcer(Protocol):
    """A way to enforce limits. `memory_method` and `cpu_method` are texts for users that describe it."""

    @property
    def memory_method(self) -> str: ...

    @property
    def cpu_method(self) -> str: ...

    def create_guard(self, name: str, limits: Limits) -> LimitGuard:
        """Return a guard for one start of the replica `name`. Raise OSError if the guard cannot be created."""

    def close(self) -> None:
        """Release all resources, after the last replica has ended."""


def parse_limits(service: Service) -> Limits:
    """Return the limits of a Service's container. Raise ValueError if a limit is not a Kubernetes quantity."""
    quantities = service.container.resources.get("limits", {})
    memory, cpu = (parse_quantity(quantities[name]) if name in quantities else None for name in _ENFORCED_RESOURCES)
    return Limits(None if memory is None else math.ceil(memory), None if cpu is None else float(cpu))


def find_problems(container: Container) -> Iterator[str]:
    """Yield a message for each limit of zero, because no process can run with such a limit."""
    for name, value in container.resources.get("limits", {}).items():
        if name in _ENFORCED_RESOURCES and not parse_quantity(value):
            yield f"resources.limits.{name}: nothing can run within 0; raise it"


def list_unenforced_fields(service: Service) -> Iterator[str]:
    """Yield the resource fields that only a cluster enforces: requests, and limits other than memory and CPU."""
    for kind, quantities in service.container.resources.items():
        if kind == "requests":
            yield "resources.requests"
        else:
            yield from (f"resources.limits.{name}" for name in quantities if name not in _ENFORCED_RESOURCES)
