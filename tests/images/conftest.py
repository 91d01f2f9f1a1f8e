"""Run every image with the settings of its manifest, on an embedded platform whose sources deliver to the containers.

Only `make test-images` collects these tests: they need Docker, and images of the version in PAGEBUS_IMAGES.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.images import manifests
from tests.images.containers import run_container
from tests.images.fleet import VERSION, Fleet
from tests.kit import run_stack, wait_for

collect_ignore_glob = [] if VERSION else ["test_*.py"]


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    services = manifests.load_services()
    folder = tmp_path_factory.mktemp("manifests")
    ports = manifests.write_sources(folder, services)
    with run_stack(tmp_path_factory.mktemp("images"), "embedded", (folder,)) as bus, ExitStack() as stack:
        containers = {
            name: stack.enter_context(run_container(service, VERSION, ports[name], bus.environment))
            for name, service in services.items()
        }
        for container in containers.values():
            wait_for(container.is_ready, within=30, what=f"the readiness of {container.name}")
        yield Fleet(bus, containers)
