"""Where the shell enters: before anything that takes long to import, since Ctrl-C may come meanwhile."""

import sys

# 128 + SIGINT, as a shell counts.
_INTERRUPTED = 130


def run() -> None:
    """The `pagebus` command, which Ctrl-C ends without a traceback at any time."""
    try:
        from local.cli import main  # noqa: PLC0415  # this is the import that takes long

        main.run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
