"""Build a tiny GOT-OCR 2.0 with plain output, and with formatted output in which each line is a heading."""

from typing import Any

from transformers import (
    GenerationConfig,
    GotOcr2Config,
    GotOcr2ForConditionalGeneration,
    GotOcr2ImageProcessorPil,
    GotOcr2Processor,
)

from functions.gotocr.reader import build_adapter
from tests.checkpoints.creation import TrainingBatch, UntrainedModel
from tests.checkpoints.lines import LINES, render_images
from tests.checkpoints.tokens import train_tokenizer
from tests.checkpoints.training import amplify_vision

_SIDE = 256
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<imgpad>"]


def build_model() -> UntrainedModel:
    """Return the untrained model."""
    tokens = train_tokenizer(_SPECIAL, end="<|im_end|>", pad="<|endoftext|>")
    model = GotOcr2ForConditionalGeneration(_build_config(tokens))
    amplify_vision(model)
    model.generation_config = GenerationConfig(eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id)
    images = GotOcr2ImageProcessorPil(size={"height": _SIDE, "width": _SIDE})
    processor = GotOcr2Processor(image_processor=images, tokenizer=tokens)
    batches = (
        TrainingBatch(build_adapter(formatted=False).prepare_inputs(processor, render_images()), LINES),
        TrainingBatch(
            build_adapter(formatted=True).prepare_inputs(processor, render_images()),
            [rf"\section*{{{line}}}" for line in LINES],
        ),
    )
    return UntrainedModel(model, processor, batches)


def _build_config(tokens: Any) -> Any:
    return GotOcr2Config(
        vision_config={
            "hidden_size": 32,
            "output_channels": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": _SIDE,
            "patch_size": 16,
            "mlp_dim": 64,
            "window_size": 4,
            "global_attn_indexes": [1],
        },
        text_config={
            "model_type": "qwen2",
            "vocab_size": len(tokens),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "max_position_embeddings": 4096,
            "tie_word_embeddings": True,
        },
        image_token_index=tokens.convert_tokens_to_ids("<imgpad>"),
        image_seq_length=(_SIDE // 64) ** 2,
        pad_token_id=tokens.pad_token_id,
    )
