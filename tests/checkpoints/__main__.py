"""`python -m tests.checkpoints [NAME...]`: make the tiny models anew, all or these."""

import sys
import time
from functools import partial

from tests.checkpoints import deepseek, got, janus
from tests.checkpoints.lines import HOME
from tests.checkpoints.making import make

RECIPES = {"got": got.made, "janus": janus.made, "deepseek": deepseek.made}


def _say(began: float, name: str, text: str) -> None:
    sys.stdout.write(f"{time.monotonic() - began:5.0f} s  {name}: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for wanted in sys.argv[1:] or RECIPES:
        make(RECIPES[wanted], HOME / wanted, partial(_say, time.monotonic(), wanted))
