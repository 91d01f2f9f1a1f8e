"""`python -m tests.checkpoints [NAME...]`: make the tiny models anew, all or these."""

import sys
import time
from functools import partial

from tests.checkpoints import deepseek, got, janus, surya
from tests.checkpoints.lines import HOME
from tests.checkpoints.making import make

#: With a seed that leads to a model that reads: not every one does.
RECIPES = {
    "got": (got.made, 2),
    "janus": (janus.made, 4711),
    "deepseek": (deepseek.made, 4711),
    "surya": (surya.made, 4711),
}


def _say(began: float, name: str, text: str) -> None:
    sys.stdout.write(f"{time.monotonic() - began:5.0f} s  {name}: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for wanted in sys.argv[1:] or RECIPES:
        recipe, seed = RECIPES[wanted]
        make(recipe, HOME / wanted, seed, partial(_say, time.monotonic(), wanted))
