"""Where `python -m tests.bench` enters: before anything that takes long to import, since Ctrl-C may come meanwhile."""

import sys

# 128 + SIGINT, as a shell counts.
_INTERRUPTED = 130

if __name__ == "__main__":
    try:
        from tests.bench import main

        sys.exit(main.run())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing is left running.\n")
        sys.exit(_INTERRUPTED)
