"""Signal handling, so that a command can clean up before a signal ends it."""

import signal

_TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def raise_on_termination() -> None:
    """Make SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT (Ctrl-C) does."""
    for number in _TERMINATION_SIGNALS:
        signal.signal(number, signal.default_int_handler)


def ignore_signals() -> None:
    """Ignore SIGINT, SIGTERM and SIGHUP from now on, so that nothing interrupts the cleanup."""
    for number in (signal.SIGINT, *_TERMINATION_SIGNALS):
        signal.signal(number, signal.SIG_IGN)
