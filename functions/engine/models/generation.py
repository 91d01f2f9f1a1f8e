"""Generate the texts of a batch of pages token by token, with the probability of each token."""

from typing import Any, NamedTuple

from functions.engine.models.checkpoint import Checkpoint
from functions.engine.models.special_tokens import strip_tag_tokens

#: A token with a lower probability was less likely than all other tokens together.
_UNCERTAIN_PROBABILITY = 0.5


class GeneratedText(NamedTuple):
    """The text that a model generated for one page.

    `probability` is the mean of the probabilities of its tokens and of the end token. It is not calibrated.
    `uncertain_share` is the share of tokens with a probability below 0.5. `is_cut_off` is True if the limit
    of tokens or seconds ended the text, usually because the model repeated itself.
    """

    text: str
    probability: float
    uncertain_share: float
    token_count: int
    is_cut_off: bool

    @property
    def confidence(self) -> float:
        """The mean probability, or 0 for a text that was cut off, because the length of its missing part is unknown."""
        return 0.0 if self.is_cut_off else self.probability

    @property
    def signals(self) -> dict[str, float]:
        """The signals of the reading, by name."""
        return {
            "token_probability": self.probability,
            "unsure_tokens": self.uncertain_share,
            "tokens": float(self.token_count),
            "cut_off": float(self.is_cut_off),
        }


class _TokenProbabilities:
    """A logits processor that records the probability of the likeliest token at each step.

    It replaces `output_scores` of `generate`, which stores one number per page, step and word of the vocabulary. For
    eight pages of 4,096 tokens, these numbers need 20 GB, and their sum another 20 GB.
    """

    def __init__(self) -> None:
        self.steps: list[Any] = []

    def __call__(self, _tokens: Any, scores: Any) -> Any:
        self.steps.append(scores.log_softmax(-1).amax(-1).exp())
        return scores


def generate_texts(  # noqa: PLR0913  # the limits of a text, and the differences between models
    checkpoint: Checkpoint,
    inputs: Any,
    *,
    max_new_tokens: int,
    max_seconds: float,
    end_of_text: str | None = None,
    keep_special_tokens: bool = False,
    encode_singly: bool = False,
) -> list[GeneratedText]:
    """Return a text for each row of `inputs`, which come from the processor and have padding on the left.

    A text without an end after `max_seconds` is cut off. Otherwise a page on which the model repeats itself would
    exceed the replica's deadline, and so would the pages that wait for the next pass. `end_of_text` ends a text in
    addition to the end tokens of the checkpoint's configuration. `encode_singly` passes the images to the encoder one
    by one. It works only for models with one image per row. Exceptions of torch pass through.
    """
    import torch  # noqa: PLC0415  # already loaded

    probabilities, end_ids = _TokenProbabilities(), _collect_end_ids(checkpoint, end_of_text)
    limits = {"max_new_tokens": max_new_tokens, "max_time": max_seconds, "eos_token_id": sorted(end_ids)}
    rows = _generate_tokens(checkpoint, inputs, probabilities, limits, encode_singly=encode_singly)
    row_probabilities = torch.stack(probabilities.steps, dim=1).float().tolist()
    return [
        _build_text(checkpoint, *row, end_ids, keep_special_tokens=keep_special_tokens)
        for row in zip(rows, row_probabilities, strict=True)
    ]


def _generate_tokens(
    checkpoint: Checkpoint,
    inputs: Any,
    probabilities: _TokenProbabilities,
    limits: dict[str, Any],
    *,
    encode_singly: bool,
) -> Any:
    """Return the ids of the new tokens of each row."""
    import torch  # noqa: PLC0415  # already loaded
    from transformers import GenerationMixin  # noqa: PLC0415  # already loaded

    prepared = inputs.to(checkpoint.device, dtype=checkpoint.model.dtype)
    with torch.inference_mode():
        if encode_singly:
            images = prepared.pop("pixel_values")
            prepared["mm_encoder_outputs"] = {"image": encode_images_singly(checkpoint.model, images)}
        # This is not `model.generate`, because Janus overrides it and ignores logits processors for texts.
        return GenerationMixin.generate(
            checkpoint.model,
            **prepared,
            **limits,
            do_sample=False,
            num_beams=1,
            guidance_scale=None,
            pad_token_id=checkpoint.tokenizer.pad_token_id,
            logits_processor=[probabilities],
        )[:, prepared["input_ids"].shape[1] :].tolist()


def encode_images_singly(model: Any, images: Any) -> Any:
    """Return the encoder's output for all images. Images are encoded one by one, which needs less memory."""
    import torch  # noqa: PLC0415  # already loaded
    from transformers.modeling_outputs import BaseModelOutputWithPooling  # noqa: PLC0415  # already loaded

    encode = model.base_model.get_image_features
    features = [encode(pixel_values=image[None], return_dict=True).pooler_output for image in images]
    return BaseModelOutputWithPooling(pooler_output=torch.cat(features))


def _collect_end_ids(checkpoint: Checkpoint, end_of_text: str | None) -> set[int]:
    configured = checkpoint.model.generation_config.eos_token_id
    if configured is None:
        configured = checkpoint.tokenizer.eos_token_id
    end_ids = set(configured) if isinstance(configured, list) else {configured}
    return end_ids | ({checkpoint.tokenizer.convert_tokens_to_ids(end_of_text)} if end_of_text else set())


def _build_text(
    checkpoint: Checkpoint,
    tokens: list[int],
    probabilities: list[float],
    end_ids: set[int],
    *,
    keep_special_tokens: bool,
) -> GeneratedText:
    """Return the text up to its end token. Tokens after the end token are padding."""
    length = next((index for index, token in enumerate(tokens) if token in end_ids), None)
    text_probabilities = probabilities[: len(tokens) if length is None else length + 1]
    uncertain_count = sum(probability < _UNCERTAIN_PROBABILITY for probability in text_probabilities)
    text = checkpoint.tokenizer.decode(tokens[:length], skip_special_tokens=not keep_special_tokens)
    return GeneratedText(
        text=strip_tag_tokens(text, checkpoint.tokenizer.get_added_vocab()),
        probability=min(1.0, sum(text_probabilities) / len(text_probabilities)),
        uncertain_share=uncertain_count / len(text_probabilities),
        token_count=len(text_probabilities),
        is_cut_off=length is None,
    )
