"""Making a tiny model read: it is shown a few pages until it writes what stands on each of them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

_RATE, _ENOUGH, _AT_MOST = 2e-3, 0.005, 600
_LOUDER = 12.0
_SEEN = ("projector", "aligner", "vision", "visual", "view_sep")


class Lesson(NamedTuple):
    """Pages and what to write of them: `inputs` are a processor's tensors, padded on the left, a row per target."""

    inputs: Any
    targets: Sequence[str]


def fit(model: Any, tokenizer: Any, lessons: Sequence[Lesson], say: Callable[[str], None]) -> None:
    """Train until the model answers as it was told. Raises RuntimeError when it does not come to that."""
    taught = [_taught(tokenizer, lesson) for lesson in lessons]
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE)
    for step in range(_AT_MOST):
        optimizer.zero_grad()
        worst = max(_learned(model, *each) for each in taught)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 25 == 0:
            say(f"step {step}: loss {worst:.3f}")
        if worst < _ENOUGH:
            say(f"enough after {step} steps")
            model.eval()
            return
    raise RuntimeError(f"the model does not read after {_AT_MOST} steps")


def _learned(model: Any, batch: dict[str, Any], labels: Any) -> float:
    """The loss, of which the gradients are added to the others'."""
    logits = model(**batch).logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100)
    loss.backward()
    return float(loss.item())


def amplify(model: Any) -> None:
    """Let it hear what it sees: a small encoder of small random weights says nearly nothing, and is not listened to."""
    with torch.no_grad():
        for weights in _seeing(model):
            weights.mul_(_LOUDER)


def redraw(model: Any) -> None:
    """The same by other means: weights that neither drown nor drive what passes through many layers."""
    for weights in _seeing(model):
        torch.nn.init.kaiming_normal_(weights, nonlinearity="linear")


def _seeing(model: Any) -> list[Any]:
    """The matrices that pictures pass through."""
    return [
        weights
        for name, weights in model.named_parameters()
        if any(part in name for part in _SEEN) and weights.ndim > 1 and "pos" not in name
    ]


def _taught(tokenizer: Any, lesson: Lesson) -> tuple[dict[str, Any], Any]:
    """The inputs with each target and its end behind them, and what the loss is taken of."""
    wanted = [
        [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id] for text in lesson.targets
    ]
    longest = max(map(len, wanted))
    answers = torch.tensor([row + [-100] * (longest - len(row)) for row in wanted])
    filled = torch.where(answers < 0, tokenizer.pad_token_id, answers)
    asked, seen = lesson.inputs["input_ids"], lesson.inputs["attention_mask"]
    batch = dict(lesson.inputs)
    batch["input_ids"] = torch.cat([asked, filled], 1)
    batch["attention_mask"] = torch.cat([seen, (answers >= 0).long()], 1)
    if "mm_token_type_ids" in batch:  # of Qwen: what it writes is text, 0
        batch["mm_token_type_ids"] = torch.cat([batch["mm_token_type_ids"], torch.zeros_like(filled)], 1)
    return batch, torch.cat([torch.full_like(asked, -100), answers], 1)
