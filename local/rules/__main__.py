"""The command `python -m local.rules`."""

import sys

from local.rules.main import main

if __name__ == "__main__":
    sys.exit(main())
