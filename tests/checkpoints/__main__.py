"""Create the tiny models, all or those named: `python -m tests.checkpoints [NAME...]`."""

import sys
import time
from functools import partial

from tests.checkpoints import deepseek, got, janus, surya
from tests.checkpoints.creation import create_checkpoint
from tests.checkpoints.lines import MODELS_DIR

#: A function that builds the model, and a seed that leads to a model that can read. Not every seed does.
RECIPES = {
    "got": (got.build_model, 2),
    "janus": (janus.build_model, 4711),
    "deepseek": (deepseek.build_model, 4711),
    "surya": (surya.build_model, 4711),
}


def _log(began: float, name: str, text: str) -> None:
    sys.stdout.write(f"{time.monotonic() - began:5.0f} s  {name}: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for model in sys.argv[1:] or RECIPES:
        build_model, seed = RECIPES[model]
        create_checkpoint(build_model, MODELS_DIR / model, seed, partial(_log, time.monotonic(), model))
