"""Texts of pages, token by token for a whole batch, and how sure the model was of each of them."""

from typing import Any, NamedTuple

from functions.engine.models.checkpoint import Checkpoint
from functions.engine.models.marks import untagged

#: Below it, the model saw something else that was about as likely.
_UNSURE = 0.5


class Generated(NamedTuple):
    """What was written of one page. `probability` is the mean over its tokens and their end; uncalibrated.

    `cut`: it did not come to its end, because there were no tokens left or because the model went round in circles.
    """

    text: str
    probability: float
    unsure: float
    tokens: int
    cut: bool

    @property
    def confidence(self) -> float:
        """Nobody knows how much is missing of a text that was cut off."""
        return 0.0 if self.cut else self.probability

    @property
    def signals(self) -> dict[str, float]:
        """What there is to judge it by: `unsure` is the share of tokens less likely than all others together."""
        return {
            "token_probability": self.probability,
            "unsure_tokens": self.unsure,
            "tokens": float(self.tokens),
            "cut_off": float(self.cut),
        }


class _Chances:
    """Takes note of how likely each token was that is about to be chosen, the likeliest.

    In place of generate's output_scores: those are a number per page, step and word of the vocabulary, which of eight
    pages of 4,096 tokens are 20 GB, and as much again to sum them up.
    """

    def __init__(self) -> None:
        self.steps: list[Any] = []

    def __call__(self, _tokens: Any, scores: Any) -> Any:
        self.steps.append(scores.log_softmax(-1).amax(-1).exp())
        return scores


def generate(  # noqa: PLR0913  # what bounds a text, and what ends it
    checkpoint: Checkpoint,
    inputs: Any,
    *,
    max_new_tokens: int,
    max_seconds: float,
    end: str | None = None,
    marks: bool = False,
    singly: bool = False,
) -> list[Generated]:
    """A text for each row of `inputs`, which a processor has prepared with padding on the left.

    What has not ended after `max_seconds` is cut off: a page that goes round in circles must not end the replica at its
    deadline, with those that wait for the next pass. `end` is a token that ends a text beside those of the
    checkpoint's own configuration; with `marks`, special tokens stay in the text. With `singly`, for models of one
    picture a row, the encoder sees one after the other. Raises what torch raises.
    """
    import torch  # noqa: PLC0415  # loaded by now

    chances, ends = _Chances(), _ends(checkpoint, end)
    bounds = {"max_new_tokens": max_new_tokens, "max_time": max_seconds, "eos_token_id": sorted(ends)}
    written = _written(checkpoint, inputs, chances, bounds, singly=singly)
    likely = torch.stack(chances.steps, dim=1).float().tolist()
    return [_generated(checkpoint, *row, ends, marks=marks) for row in zip(written, likely, strict=True)]


def _written(checkpoint: Checkpoint, inputs: Any, chances: _Chances, bounds: dict[str, Any], *, singly: bool) -> Any:
    """The new tokens of each row."""
    import torch  # noqa: PLC0415  # loaded by now
    from transformers import GenerationMixin  # noqa: PLC0415  # loaded by now

    prepared = inputs.to(checkpoint.device, dtype=checkpoint.model.dtype)
    with torch.inference_mode():
        if singly:
            prepared["mm_encoder_outputs"] = {"image": seen_singly(checkpoint.model, prepared.pop("pixel_values"))}
        # Janus has a generate of its own, which for texts calls this one and forgets the processors.
        return GenerationMixin.generate(
            checkpoint.model,
            **prepared,
            **bounds,
            do_sample=False,
            num_beams=1,
            guidance_scale=None,
            pad_token_id=checkpoint.tokenizer.pad_token_id,
            logits_processor=[chances],
        )[:, prepared["input_ids"].shape[1] :].tolist()


def seen_singly(model: Any, pictures: Any) -> Any:
    """What the encoder makes of them: as of all together, in the memory that one takes."""
    import torch  # noqa: PLC0415  # loaded by now
    from transformers.modeling_outputs import BaseModelOutputWithPooling  # noqa: PLC0415  # loaded by now

    encode = model.base_model.get_image_features
    each = [encode(pixel_values=picture[None], return_dict=True).pooler_output for picture in pictures]
    return BaseModelOutputWithPooling(pooler_output=torch.cat(each))


def _ends(checkpoint: Checkpoint, end: str | None) -> set[int]:
    known = checkpoint.model.generation_config.eos_token_id
    if known is None:
        known = checkpoint.tokenizer.eos_token_id
    ends = set(known) if isinstance(known, list) else {known}
    return ends | ({checkpoint.tokenizer.convert_tokens_to_ids(end)} if end else set())


def _generated(
    checkpoint: Checkpoint, tokens: list[int], likely: list[float], ends: set[int], *, marks: bool
) -> Generated:
    """Up to its end: what follows is padding, while others of the batch went on."""
    length = next((place for place, token in enumerate(tokens) if token in ends), None)
    own = likely[: len(tokens) if length is None else length + 1]
    text = checkpoint.tokenizer.decode(tokens[:length], skip_special_tokens=not marks)
    return Generated(
        text=untagged(text, checkpoint.tokenizer.get_added_vocab()),
        probability=min(1.0, sum(own) / len(own)),
        unsure=sum(chance < _UNSURE for chance in own) / len(own),
        tokens=len(own),
        cut=length is None,
    )
