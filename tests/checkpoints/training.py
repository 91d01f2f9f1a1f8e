"""Train a tiny model on a few pages until it writes the exact text of each of them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

_LEARNING_RATE, _MAX_LOSS, _MAX_STEPS = 2e-3, 0.005, 600
_AMPLIFICATION = 12.0
_VISION_PARTS = ("projector", "aligner", "vision", "visual", "view_sep")
#: Cross entropy ignores labels with this value.
_IGNORED = -100


class TrainingBatch(NamedTuple):
    """Pages and their texts: `inputs` are a processor's tensors, padded on the left, with a row per target."""

    inputs: Any
    targets: Sequence[str]


def train(model: Any, tokenizer: Any, batches: Sequence[TrainingBatch], log: Callable[[str], None]) -> None:
    """Train until the model writes all targets. Raise RuntimeError if it does not within the maximum of steps."""
    prepared = [_append_targets(tokenizer, batch) for batch in batches]
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=_LEARNING_RATE)
    for step in range(_MAX_STEPS):
        optimizer.zero_grad()
        worst = max(_add_gradients(model, *batch) for batch in prepared)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 25 == 0:
            log(f"step {step}: loss {worst:.3f}")
        if worst < _MAX_LOSS:
            log(f"trained after {step} steps")
            model.eval()
            return
    raise RuntimeError(f"the model cannot read after {_MAX_STEPS} steps")


def amplify_vision(model: Any) -> None:
    """Multiply the vision weights. The output of a small encoder with small random weights is too weak for training."""
    with torch.no_grad():
        for weights in _list_vision_weights(model):
            weights.mul_(_AMPLIFICATION)


def reinitialize_vision(model: Any) -> None:
    """Draw the vision weights again, so that a signal neither vanishes nor explodes in a deep encoder."""
    for weights in _list_vision_weights(model):
        torch.nn.init.kaiming_normal_(weights, nonlinearity="linear")


def _add_gradients(model: Any, inputs: dict[str, Any], labels: Any) -> float:
    """Return the loss of a batch, after adding its gradients to those of the other batches."""
    logits = model(**inputs).logits
    loss = torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=_IGNORED
    )
    loss.backward()
    return float(loss.item())


def _list_vision_weights(model: Any) -> list[Any]:
    """Return the matrices that process images."""
    return [
        weights
        for name, weights in model.named_parameters()
        if any(part in name for part in _VISION_PARTS) and weights.ndim > 1 and "pos" not in name
    ]


def _append_targets(tokenizer: Any, batch: TrainingBatch) -> tuple[dict[str, Any], Any]:
    """Return the inputs followed by each target and its end token, and the labels for the loss."""
    targets = [
        [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id] for text in batch.targets
    ]
    longest = max(map(len, targets))
    answers = torch.tensor([row + [_IGNORED] * (longest - len(row)) for row in targets])
    padded = torch.where(answers < 0, tokenizer.pad_token_id, answers)
    prompts, mask = batch.inputs["input_ids"], batch.inputs["attention_mask"]
    inputs = dict(batch.inputs)
    inputs["input_ids"] = torch.cat([prompts, padded], 1)
    inputs["attention_mask"] = torch.cat([mask, (answers >= 0).long()], 1)
    if "mm_token_type_ids" in inputs:  # Qwen marks text with 0
        inputs["mm_token_type_ids"] = torch.cat([inputs["mm_token_type_ids"], torch.zeros_like(padded)], 1)
    return inputs, torch.cat([torch.full_like(prompts, _IGNORED), answers], 1)
