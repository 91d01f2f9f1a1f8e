"""Build a tiny DeepSeek-OCR-2 that writes a label and coordinates before each line."""

from typing import Any

import torch
from transformers import (
    DeepseekOcr2Config,
    DeepseekOcr2ForConditionalGeneration,
    DeepseekOcr2ImageProcessorPil,
    DeepseekOcr2Processor,
    GenerationConfig,
)

from functions.deepseek.reader import ADAPTERS
from tests.checkpoints.creation import TrainingBatch, UntrainedModel
from tests.checkpoints.lines import LINES, render_images
from tests.checkpoints.tokens import train_tokenizer
from tests.checkpoints.training import reinitialize_vision

_BEGIN, _END, _PAD = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"  # noqa: RUF001  # its own spelling
_MARKS = ["<image>", "<|grounding|>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>"]
_WIDTH, _SEEN = 64, 32
# The encoder has 144 queries for a tile and 256 for a page, so image sizes must stay 768 and 1024. Only widths can
# shrink.
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
#: The coordinates of the line on each page; 999 is the right or lower edge.
_COORDINATES = "[[66, 400, 933, 700]]"


def build_model() -> UntrainedModel:
    """Return the untrained model."""
    tokens = train_tokenizer([_BEGIN, _END, _PAD, *_MARKS], begin=_BEGIN, end=_END, pad=_PAD, image_token="<image>")
    model = DeepseekOcr2ForConditionalGeneration(_build_config(tokens))
    reinitialize_vision(model)
    model.generation_config = GenerationConfig(
        bos_token_id=tokens.bos_token_id, eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id
    )
    processor = DeepseekOcr2Processor(image_processor=DeepseekOcr2ImageProcessorPil(), tokenizer=tokens)
    targets = [f"<|ref|>text<|/ref|><|det|>{_COORDINATES}<|/det|>\n{line}" for line in LINES]
    return UntrainedModel(
        model,
        processor,
        (
            TrainingBatch(
                _encode_images(model, ADAPTERS["deepseek_ocr2"].prepare_inputs(processor, render_images())), targets
            ),
        ),
    )


def _encode_images(model: Any, inputs: Any) -> dict[str, Any]:
    """Return the inputs with encoded images. The encoder is not trained, because that would take most of the time."""
    with torch.no_grad():
        features = model.get_image_features(inputs["pixel_values"], num_local_patches=inputs["num_local_patches"])
    prompts = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    return {**prompts, "mm_encoder_outputs": {"image": features}}


def _build_config(tokens: Any) -> Any:
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
