"""Surya's model in this process, on transformers. It answers the requests that Surya would send to a server."""

from collections.abc import Sequence
from typing import Any

from functions.engine.models.batching import Batcher
from functions.engine.models.checkpoint import load_checkpoint
from functions.engine.models.generation import GeneratedText, generate_texts
from functions.runtime.errors import StartupError
from functions.surya.inference import ModelRequest, ModelResponse, SendRequest
from functions.surya.settings import SuryaSettings

#: The `model_type` of Surya 2's checkpoint: the model is a Qwen 3.5.
_MODEL_TYPE = "qwen3_5"


class LocalModel:
    """A model in this process for several threads. Requests of different pages share forward passes."""

    def __init__(self, settings: SuryaSettings) -> None:
        """Load the model, which takes seconds to minutes. Raise StartupError."""
        self._checkpoint, self._settings = load_checkpoint(settings), settings
        if (model_type := self._checkpoint.model.config.model_type) != _MODEL_TYPE:
            variable = "MODEL_DIR" if settings.model_dir else "MODEL_ID"
            raise StartupError(
                f"{variable}: the model is of type {model_type}. Set it to a model of type {_MODEL_TYPE}."
            )
        self._batcher = Batcher(self._run_batch, size=settings.max_batch_size, wait_seconds=settings.max_wait_ms / 1000)

    def start_page(self) -> SendRequest:
        """Return the function that sends the requests of one page. It raises the model's error if the model fails."""
        return self._send

    def _send(self, request: ModelRequest) -> ModelResponse:
        generated = self._batcher(request).output
        # A pass uses the largest limit of its requests, so a text may have more tokens than its own request allows.
        is_cut_off = generated.is_cut_off or generated.token_count > request.max_tokens
        return ModelResponse(
            generated.text, generated.probability, generated.uncertain_share, generated.token_count, is_cut_off
        )

    def _run_batch(self, requests: Sequence[ModelRequest]) -> list[GeneratedText]:
        return generate_texts(
            self._checkpoint,
            prepare_inputs(self._checkpoint.processor, requests),
            max_new_tokens=min(self._settings.max_new_tokens, max(request.max_tokens for request in requests)),
            max_seconds=self._settings.pass_seconds,
        )


def prepare_inputs(processor: Any, requests: Sequence[ModelRequest]) -> Any:
    """Return tensors with a row per request. Images keep their sizes, so their numbers of tokens differ."""
    return processor(
        images=[request.image for request in requests],
        text=[_format_chat(processor, request.prompt) for request in requests],
        return_tensors="pt",
        padding=True,
        padding_side="left",
    )


def _format_chat(processor: Any, prompt: str) -> str:
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    messages = [{"role": "user", "content": content}]
    text: str = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return text
