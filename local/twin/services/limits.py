"""The memory and CPU limits of a replica, and the interface of the code that enforces them.

A cluster enforces the limits of a container by a control group. The twin does the same if the machine allows it
(cgroup.py). Otherwise it polls the memory of a replica and assigns whole cores to it (polled_limits.py). Limits that
the twin does not enforce are listed by `list_unenforced_fields`.
"""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from local.manifests.quantity import parse_quantity
from local.manifests.serving import Container, Service

_ENFORCED = ("memory", "cpu")


@dataclass(frozen=True)
class Limits:
    """The memory limit in bytes and the CPU limit in cores; None means no limit."""

    memory: int | None = None
    cpu: float | None = None


class LimitGuard(Protocol):
    """The enforcement of the limits for one start of a replica."""

    #: Whether the process was killed because it exceeded its memory limit; valid after `supervise` has returned.
    out_of_memory: bool

    def apply_in_child(self) -> None:
        """Apply the limits in the new process, between fork and exec: with system calls only, and without raising."""

    async def supervise(self, running: asyncio.subprocess.Process) -> None:
        """Enforce the limits until the process has ended."""

    def release(self) -> None:
        """Release the resources of a process that could not be started."""


class LimitEnforcer(Protocol):
    """A way to enforce limits. `memory_method` and `cpu_method` describe it to users."""

    @property
    def memory_method(self) -> str: ...

    @property
    def cpu_method(self) -> str: ...

    def create_guard(self, name: str, limits: Limits) -> LimitGuard:
        """Return a guard for one start of the named replica. Raise OSError if that fails."""

    def close(self) -> None:
        """Release all resources, after the last replica has ended."""


def parse_limits(service: Service) -> Limits:
    """Return the limits of a Service's container. Raise ValueError if one of them is not a quantity."""
    given = service.container.resources.get("limits", {})
    memory, cpu = (parse_quantity(given[name]) if name in given else None for name in _ENFORCED)
    return Limits(None if memory is None else math.ceil(memory), None if cpu is None else float(cpu))


def find_problems(container: Container) -> Iterator[str]:
    """Yield a message for each limit of zero, within which no process can run."""
    for name, value in container.resources.get("limits", {}).items():
        if name in _ENFORCED and not parse_quantity(value):
            yield f"resources.limits.{name}: nothing can run within 0; raise it"


def list_unenforced_fields(service: Service) -> Iterator[str]:
    """Yield the resource fields that only a cluster enforces: requests, and limits other than memory and CPU."""
    for kind, given in service.container.resources.items():
        if kind == "requests":
            yield "resources.requests"
        else:
            yield from (f"resources.limits.{name}" for name in given if name not in _ENFORCED)
