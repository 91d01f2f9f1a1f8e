"""Ctrl-C and its relatives: a verb that is told to stop cleans up before it ends."""

import signal

_RELATIVES = (signal.SIGTERM, signal.SIGHUP)


def heed() -> None:
    """From now on, being told to end is a KeyboardInterrupt, whoever tells."""
    for told in _RELATIVES:
        signal.signal(told, signal.default_int_handler)


def ignore() -> None:
    """From now on, nothing disturbs the cleaning up."""
    for told in (signal.SIGINT, *_RELATIVES):
        signal.signal(told, signal.SIG_IGN)
