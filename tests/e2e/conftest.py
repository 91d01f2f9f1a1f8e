"""One Pagebus per platform, for all end-to-end tests. A platform that is missing is a failure, not a skip."""

from collections.abc import Iterator

import pytest

from tests.kit import Running, running


@pytest.fixture(scope="session", params=["embedded", "real"])
def bus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp(request.param), request.param) as up:
        yield up
