"""A tiny DeepSeek-OCR-2 that says of every line that it is text, and where."""

from typing import Any

import torch
from transformers import (
    DeepseekOcr2Config,
    DeepseekOcr2ForConditionalGeneration,
    DeepseekOcr2ImageProcessorPil,
    DeepseekOcr2Processor,
    GenerationConfig,
)

from functions.deepseek.reader import QUESTIONS
from tests.checkpoints.fitting import redraw
from tests.checkpoints.lines import LINES, pictures
from tests.checkpoints.making import Lesson, Made
from tests.checkpoints.tokens import tokenizer

_BEGIN, _END, _PAD = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"  # noqa: RUF001  # its own spelling
_MARKS = ["<image>", "<|grounding|>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>"]
_WIDTH, _SEEN = 64, 32
# Its queries are 144 for a tile and 256 for a page, so sizes stay 768 and 1024; what can be small is the width.
_SAM = {
    "hidden_size": 16,
    "output_channels": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 1024,
    "patch_size": 16,
    "window_size": 14,
    "global_attn_indexes": [],
    "mlp_ratio": 2.0,
    "downsample_channels": [16, _SEEN],
}
_ENCODER = {
    "vocab_size": 8,
    "hidden_size": _SEEN,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}
_TEXT = {
    "hidden_size": _WIDTH,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 4096,
    "n_routed_experts": 4,
    "n_shared_experts": 1,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
    "mlp_layer_types": ["dense", "sparse"],
}
#: Where the lines are on their pages, of 999.
_PLACE = "[[66, 400, 933, 700]]"


def made() -> Made:
    """Not yet able to read."""
    tokens = tokenizer([_BEGIN, _END, _PAD, *_MARKS], begin=_BEGIN, end=_END, pad=_PAD, image_token="<image>")
    model = DeepseekOcr2ForConditionalGeneration(_config(tokens))
    redraw(model)
    model.generation_config = GenerationConfig(
        bos_token_id=tokens.bos_token_id, eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id
    )
    processor = DeepseekOcr2Processor(image_processor=DeepseekOcr2ImageProcessorPil(), tokenizer=tokens)
    said = [f"<|ref|>text<|/ref|><|det|>{_PLACE}<|/det|>\n{line}" for line in LINES]
    return Made(
        model, processor, (Lesson(_seen(model, QUESTIONS["deepseek_ocr2"].inputs(processor, pictures())), said),)
    )


def _seen(model: Any, inputs: Any) -> dict[str, Any]:
    """With the pictures as its encoder sees them, which is not taught: that takes most of the time."""
    with torch.no_grad():
        features = model.get_image_features(inputs["pixel_values"], num_local_patches=inputs["num_local_patches"])
    asked = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    return {**asked, "mm_encoder_outputs": {"image": features}}


def _config(tokens: Any) -> Any:
    return DeepseekOcr2Config(
        vision_config={"sam_config": _SAM, "encoder_config": _ENCODER},
        text_config={
            **_TEXT,
            "vocab_size": len(tokens),
            "bos_token_id": tokens.bos_token_id,
            "eos_token_id": tokens.eos_token_id,
            "pad_token_id": tokens.pad_token_id,
        },
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
    )
