"""One stack on the embedded platform for all tests of the command. It must leave no process and no telemetry behind."""

from collections.abc import Iterator

import pytest

from tests.e2e.cli.processes import list_processes
from tests.kit import PagebusStack, run_stack


@pytest.fixture(scope="package")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagebusStack]:
    """Run Pagebus on the embedded platform for all tests of this folder."""
    home = tmp_path_factory.mktemp("cli")
    with run_stack(home, "embedded") as stack:
        yield stack
    assert list_processes(home) == []
    assert not (home / "telemetry").exists()
