"""From a model that knows nothing to a folder that an engine can be pointed at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from tests.checkpoints.fitting import Lesson, fit

__all__ = ["Lesson", "Made", "make"]


class Made(NamedTuple):
    """A model and its processor, and what it is to learn."""

    model: Any
    processor: Any
    lessons: tuple[Lesson, ...]


def make(recipe: Callable[[], Made], folder: Path, seed: int, say: Callable[[str], None]) -> None:
    """Make a model by its recipe, let it learn, and write it where engines find it."""
    torch.manual_seed(seed)
    made = recipe()
    fit(made.model, made.processor.tokenizer, made.lessons, say)
    made.model.save_pretrained(folder)
    made.processor.save_pretrained(folder)
