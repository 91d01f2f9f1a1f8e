"""The entry point of `python -m tests.bench`. It imports the rest late, so that Ctrl-C works during slow imports."""

import sys

# 128 + SIGINT, like the exit status of a shell.
_INTERRUPTED = 130

if __name__ == "__main__":
    try:
        from tests.bench import main

        sys.exit(main.run())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. No process is left running.\n")
        sys.exit(_INTERRUPTED)
