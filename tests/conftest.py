"""What every test starts from."""

import signal
from collections.abc import Iterator

import pytest
import structlog


def pytest_configure() -> None:
    """Programs that tests interrupt inherit what the shell left: in its background, that SIGINT is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A process sets up logging for good, and a test that runs one inside itself must not silence the next test."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
