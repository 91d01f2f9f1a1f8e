"""The entry point of the `pagebus` command, which handles Ctrl-C also during the slow imports."""

import sys

# 128 + SIGINT, the exit code that a shell gives to an interrupted process.
_INTERRUPTED = 130


def run() -> None:
    """Run the `pagebus` command, and exit with 130 and without a traceback after Ctrl-C."""
    try:
        from local.cli import main  # noqa: PLC0415  # this slow import must be inside the `try`

        main.run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
