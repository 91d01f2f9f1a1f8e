"""Replicas whose processes end during a successful probe, or after their limit guard has failed."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from local.manifests.serving import Service
from local.twin.services import replicas as module
from local.twin.services.activator import Activator, Backend
from local.twin.services.environment import ConfigSources
from local.twin.services.limits import Limits
from local.twin.services.polled_limits import PollingEnforcer, PollingGuard
from local.twin.services.replicas import Replicas

SERVICE = Service.model_validate(
    {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "short"},
        "spec": {"template": {"spec": {"containers": [{"command": ["true"]}]}}},
    }
)


class LateHealthWatch:
    """A health watch whose last probe succeeds after it was cancelled."""

    def __init__(
        self, _container: object, backend: Backend, on_readiness: Callable[[bool], None], _on_failure: object
    ) -> None:
        self._backend, self._on_readiness = backend, on_readiness

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self._on_readiness(True)  # noqa: FBT003  # a callback


def test_late_probe_success_does_not_add_an_ended_replica(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(module, "HealthWatch", LateHealthWatch)

    async def scene() -> None:
        activator = Activator(1, lambda _by, _proxied: None)
        # It is restarted at once, then after a second. Until then, it becomes ready and unready twice.
        changes = asyncio.Semaphore(0)
        replicas = Replicas(
            SERVICE, ConfigSources({}, {}), tmp_path, activator, changes.release, limit_enforcer=PollingEnforcer([0])
        )
        replicas.scale(1)
        async with asyncio.timeout(10):
            for _ in range(4):
                await changes.acquire()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), activator.acquire_backend():
                pass
        await replicas.stop()

    asyncio.run(scene())


class FailingEnforcer(PollingEnforcer):
    """An enforcer that has no file descriptors left to read memory usage."""

    def create_guard(self, name: str, limits: Limits) -> PollingGuard:
        guard = super().create_guard(name, limits)
        guard.supervise = self._fail  # type: ignore[method-assign]  # the test needs a failing guard
        return guard

    async def _fail(self, child: asyncio.subprocess.Process) -> None:
        raise OSError(errno.EMFILE, f"too many open files to look at {child.pid}")


def test_replica_restarts_after_its_guard_has_failed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()

    async def scene() -> None:
        changes = asyncio.Semaphore(0)
        activator = Activator(1, lambda _by, _proxied: None)
        replicas = Replicas(
            SERVICE, ConfigSources({}, {}), tmp_path, activator, changes.release, limit_enforcer=FailingEnforcer([0])
        )
        replicas.scale(1)
        async with asyncio.timeout(10):
            for _ in range(2):
                await changes.acquire()
        await replicas.stop()

    asyncio.run(scene())
