"""What every test starts from."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A process sets up logging for good, and a test that runs one inside itself must not silence the next test."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
