"""Setup of all tests."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

_TESTS = Path(__file__).parent
#: Folders whose tests share running platforms, and the fixtures that provide them.
_STACK_FOLDERS, _STACK_FIXTURES = {"e2e", "faults", "parity"}, {"bus", "knative"}


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


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests that share a platform in one worker of pytest-xdist, because each worker would start its own."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_get_group(item)))


def _get_group(item: pytest.Item) -> str:
    """Return the folder and platform of a test that uses a running platform, and the file of any other test."""
    file = item.path.relative_to(_TESTS)
    if file.parts[0] not in _STACK_FOLDERS or not _STACK_FIXTURES & set(getattr(item, "fixturenames", ())):
        return str(file)
    callspec = getattr(item, "callspec", None)
    return f"{file.parent} {callspec.params.get('bus', '') if callspec else ''}".strip()
