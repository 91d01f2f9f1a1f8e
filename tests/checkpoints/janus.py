"""Build a tiny Janus-Pro."""

from typing import Any

from transformers import (
    GenerationConfig,
    JanusConfig,
    JanusForConditionalGeneration,
    JanusImageProcessorPil,
    JanusProcessor,
)

from functions.deepseek.reader import ADAPTERS
from tests.checkpoints.creation import TrainingBatch, UntrainedModel
from tests.checkpoints.lines import LINES, render_images
from tests.checkpoints.tokens import train_tokenizer
from tests.checkpoints.training import amplify_vision

_SIDE, _PATCH, _WIDTH = 64, 16, 64
_TOKENS = (_SIDE // _PATCH) ** 2
_BEGIN, _END, _PAD = "<|begin▁of▁sentence|>", "<|end▁of▁sentence|>", "<|▁pad▁|>"
_NAMED = {"image_token": "<image_placeholder>", "boi_token": "<begin_of_image>", "eoi_token": "<end_of_image>"}
_TEXT = {
    "model_type": "llama",
    "hidden_size": _WIDTH,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 2048,
}
_VISION = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": _SIDE,
    "patch_size": _PATCH,
    "projection_dim": _WIDTH,
    "num_image_tokens": _TOKENS,
    "depth": 2,
}
#: The part that generates images is unused, and as small as its 32 groups of channels allow.
_DRAWING = {
    "embed_dim": 8,
    "num_embeddings": 32,
    "latent_channels": 32,
    "base_channels": 32,
    "channel_multiplier": [1, 1],
    "num_res_blocks": 1,
    "projection_dim": _WIDTH,
    "image_token_embed_dim": _WIDTH,
}
#: The roles that Janus was trained with. The tiny model has them too, because the engine uses the chat template.
_CHAT = (
    "{%- for message in messages -%}{{ '<|User|>: ' if message['role'] == 'user' else '<|Assistant|>: ' }}"
    "{%- for part in message['content'] -%}"
    "{{ '<image_placeholder>\n' if part['type'] == 'image' else part['text'] }}"
    "{%- endfor -%}{{ '\n\n' }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|Assistant|>:' }}{%- endif -%}"
)


def build_model() -> UntrainedModel:
    """Return the untrained model."""
    tokens = train_tokenizer([_BEGIN, _END, _PAD, *_NAMED.values()], begin=_BEGIN, end=_END, pad=_PAD, **_NAMED)
    model = JanusForConditionalGeneration(_build_config(tokens))
    amplify_vision(model)
    model.generation_config = GenerationConfig(
        bos_token_id=tokens.bos_token_id, eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id
    )
    processor = JanusProcessor(
        image_processor=JanusImageProcessorPil(size={"height": _SIDE, "width": _SIDE}),
        tokenizer=tokens,
        chat_template=_CHAT,
        use_default_system_prompt=True,
        num_image_tokens=_TOKENS,
    )
    return UntrainedModel(
        model, processor, (TrainingBatch(ADAPTERS["janus"].prepare_inputs(processor, render_images()), LINES),)
    )


def _build_config(tokens: Any) -> Any:
    return JanusConfig(
        text_config={
            **_TEXT,
            "vocab_size": len(tokens),
            "bos_token_id": tokens.bos_token_id,
            "eos_token_id": tokens.eos_token_id,
            "pad_token_id": tokens.pad_token_id,
        },
        vision_config=_VISION,
        vq_config=_DRAWING,
        image_token_id=tokens.convert_tokens_to_ids("<image_placeholder>"),
    )
