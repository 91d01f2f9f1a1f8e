"""Signal handlers that let a command clean up before a signal ends its process."""

import signal

_TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def raise_on_termination() -> None:
    """Make SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT (Ctrl-C) does."""
    for signal_number in _TERMINATION_SIGNALS:
        signal.signal(signal_number, signal.default_int_handler)


def ignore_signals() -> None:
    """Ignore SIGINT, SIGTERM and SIGHUP from now on, so that nothing interrupts the cleanup."""
    for signal_number in (signal.SIGINT, *_TERMINATION_SIGNALS):
        signal.signal(signal_number, signal.SIG_IGN)
