"""Setup of all tests."""

import signal
from collections.abc import Iterator

import pytest
import structlog


def pytest_configure() -> None:
    """Restore the default handler of SIGINT: background jobs of a shell ignore it, and child processes inherit this."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _reset_logging() -> Iterator[None]:
    """Reset logging after each test, because a test may configure it for the whole process."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
