"""Every image, run as its manifest says, on an embedded platform whose sources send to containers.

Only `make test-images` collects these tests: they need Docker, and images of the version that PAGEBUS_IMAGES names.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.images import manifests
from tests.images.containers import started
from tests.images.fleet import VERSION, Fleet
from tests.kit import eventually, running

collect_ignore_glob = [] if VERSION else ["test_*.py"]


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    services = manifests.services()
    folder = tmp_path_factory.mktemp("manifests")
    ports = manifests.write_sources(folder, services)
    with running(tmp_path_factory.mktemp("images"), "embedded", (folder,)) as bus, ExitStack() as all_of_them:
        containers = {
            name: all_of_them.enter_context(started(service, VERSION, ports[name], bus.environment))
            for name, service in services.items()
        }
        for container in containers.values():
            eventually(container.is_ready, within=30, what=f"the readiness of {container.name}")
        yield Fleet(bus, containers)
