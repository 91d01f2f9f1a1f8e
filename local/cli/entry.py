"""The entry point of the `pagebus` command. It also handles Ctrl-C during the slow imports."""

import sys

# The exit code of an interrupted process in a shell: 128 + SIGINT.
_INTERRUPTED = 130


def run() -> None:
    """Run the `pagebus` command. After Ctrl-C, exit with the code 130 and without a traceback."""
    try:
        from local.cli import main  # noqa: PLC0415  # this slow import must be inside the `try`

        main.run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
