"""Create a checkpoint: build a model, train it, and save it to a folder that an engine can load."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from tests.checkpoints.training import TrainingBatch, train

__all__ = ["TrainingBatch", "UntrainedModel", "create_checkpoint"]


class UntrainedModel(NamedTuple):
    """A model, its processor, and the batches for its training."""

    model: Any
    processor: Any
    batches: tuple[TrainingBatch, ...]


def create_checkpoint(
    build_model: Callable[[], UntrainedModel], folder: Path, seed: int, log: Callable[[str], None]
) -> None:
    """Build and train a model, and save it with its processor."""
    torch.manual_seed(seed)
    untrained = build_model()
    train(untrained.model, untrained.processor.tokenizer, untrained.batches, log)
    untrained.model.save_pretrained(folder)
    untrained.processor.save_pretrained(folder)
