"""Fixture of the end-to-end tests: Pagebus on each platform. A missing platform fails the tests and skips none."""

from collections.abc import Iterator

import pytest

from tests.kit import PagebusStack, run_stack


@pytest.fixture(scope="session", params=["embedded", "real"])
def bus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagebusStack]:
    """Run Pagebus on a platform for all tests."""
    with run_stack(tmp_path_factory.mktemp(request.param), request.param) as stack:
        yield stack
