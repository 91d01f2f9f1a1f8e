"""Ctrl-C and its relatives: a verb that is told to stop cleans up before it ends."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_RELATIVES = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undone_by(clean_up: Callable[[], object]) -> Iterator[None]:
    """When it is interrupted inside, clean up, undisturbed by further impatience, and stay interrupted."""
    for told in _RELATIVES:
        signal.signal(told, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        for told in (signal.SIGINT, *_RELATIVES):
            signal.signal(told, signal.SIG_IGN)
        clean_up()
        raise
