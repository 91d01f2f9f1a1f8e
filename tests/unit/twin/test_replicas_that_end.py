"""Replicas whose processes end at a bad moment: while a probe finds them ready, or after their limits were lost."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from local.manifests.serving import Service
from local.twin.services import replicas as module
from local.twin.services.activator import Activator, Backend
from local.twin.services.environment import Settings
from local.twin.services.limits import Limits
from local.twin.services.replicas import Replicas
from local.twin.services.watched import Watched, Watching

SERVICE = Service.model_validate(
    {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "short"},
        "spec": {"template": {"spec": {"containers": [{"command": ["true"]}]}}},
    }
)


class LateHealth:
    """Its last probe succeeds when nobody waits for it any more."""

    def __init__(self, _container: object, backend: Backend, readied: Callable[[bool], None], _dead: object) -> None:
        self._backend, self._readied = backend, readied

    async def watch(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self._readied(True)  # noqa: FBT003  # a callback


def test_what_has_ended_gets_no_request_although_its_last_probe_succeeded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(module, "Health", LateHealth)

    async def scene() -> None:
        activator = Activator(1, lambda _by, _proxied: None)
        # It is started again at once, and then after a second: until then, it is ready and not ready twice.
        changes = asyncio.Semaphore(0)
        replicas = Replicas(SERVICE, Settings({}, {}), tmp_path, activator, changes.release, means=Watching([0]))
        replicas.scale(1)
        async with asyncio.timeout(10):
            for _ in range(4):
                await changes.acquire()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), activator.backend():
                pass
        await replicas.stop()

    asyncio.run(scene())


class Failing(Watching):
    """Has no files left to look at what replicas use."""

    def bind(self, name: str, limits: Limits) -> Watched:
        bound = super().bind(name, limits)
        bound.hold = self._fails  # type: ignore[method-assign]  # that is what the test is about
        return bound

    async def _fails(self, running: asyncio.subprocess.Process) -> None:
        raise OSError(errno.EMFILE, f"too many open files to look at {running.pid}")


def test_what_has_ended_is_started_again_although_nobody_could_see_to_its_limits(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()

    async def scene() -> None:
        withdrawn = asyncio.Semaphore(0)
        activator = Activator(1, lambda _by, _proxied: None)
        replicas = Replicas(SERVICE, Settings({}, {}), tmp_path, activator, withdrawn.release, means=Failing([0]))
        replicas.scale(1)
        async with asyncio.timeout(10):
            for _ in range(2):
                await withdrawn.acquire()
        await replicas.stop()

    asyncio.run(scene())
