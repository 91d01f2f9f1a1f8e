"""A tiny Surya 2, which is a Qwen 3.5 that sees."""

from typing import Any

from transformers import (
    GenerationConfig,
    Qwen2VLImageProcessor,
    Qwen3_5Config,
    Qwen3_5ForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)

from functions.surya.local import inputs
from functions.surya.questions import Question
from tests.checkpoints.lines import LINES, pictures
from tests.checkpoints.making import Lesson, Made
from tests.checkpoints.tokens import tokenizer

_PAD, _END = "<|endoftext|>", "<|im_end|>"
_NAMED = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}
_WIDTH, _PATCH = 64, 14
#: The turns as Qwen was trained with them.
_CHAT = (
    "{%- for message in messages -%}<|im_start|>{{ message['role'] }}\n"
    "{%- for part in message['content'] -%}"
    "{{ '<|vision_start|><|image_pad|><|vision_end|>' if part['type'] == 'image' else part['text'] }}"
    "{%- endfor -%}<|im_end|>\n{% endfor -%}"
    "{%- if add_generation_prompt -%}<|im_start|>assistant\n{% endif -%}"
)


def made() -> Made:
    """Not yet able to read."""
    tokens = tokenizer([_PAD, "<|im_start|>", _END, *_NAMED.values()], end=_END, pad=_PAD, **_NAMED)
    model = Qwen3_5ForConditionalGeneration(_config(tokens))
    model.generation_config = GenerationConfig(eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id)
    sizes = {"patch_size": _PATCH, "size": {"shortest_edge": 28 * 28, "longest_edge": 28 * 28 * 8192}}
    processor = Qwen3VLProcessor(
        image_processor=Qwen2VLImageProcessor(**sizes),
        tokenizer=tokens,
        video_processor=Qwen3VLVideoProcessor(),
        chat_template=_CHAT,
    )
    from surya.inference.prompts import HIGH_ACCURACY_BBOX_PROMPT
    from surya.inference.util import scale_to_fit
    qs = [Question(scale_to_fit(p), HIGH_ACCURACY_BBOX_PROMPT, 99) for p in pictures()]
    return Made(model, processor, (Lesson(inputs(processor, qs), [f'<div data-label="Text" data-bbox="60 200 940 800"><p>{l}</p></div>' for l in LINES]),))


def _config(tokens: Any) -> Any:
    return Qwen3_5Config(
        text_config={
            "vocab_size": len(tokens),
            "hidden_size": _WIDTH,
            "intermediate_size": 128,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 2,
            "linear_key_head_dim": 16,
            "linear_value_head_dim": 16,
            "max_position_embeddings": 32768,
            "eos_token_id": tokens.eos_token_id,
            "pad_token_id": tokens.pad_token_id,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [1, 1, 0],
                "mrope_interleaved": True,
                "partial_rotary_factor": 0.25,
            },
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "patch_size": _PATCH,
            "out_hidden_size": _WIDTH,
            "num_position_embeddings": 256,
        },
        image_token_id=tokens.convert_tokens_to_ids(_NAMED["image_token"]),
        video_token_id=tokens.convert_tokens_to_ids(_NAMED["video_token"]),
        vision_start_token_id=tokens.convert_tokens_to_ids(_NAMED["vision_start_token"]),
        vision_end_token_id=tokens.convert_tokens_to_ids(_NAMED["vision_end_token"]),
    )
