"""Write checkpoints with the sizes of the published models and random weights. Engines load them like any other."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from tests.checkpoints.lines import MODELS_DIR

#: Configuration that comes from the class, or that is valid only for the tiny model.
_TINY_ONLY = ("architectures", "dtype", "transformers_version", "image_seq_length")
_SUPPRESS_TOKENS = "suppress_tokens"


class PublishedModel(NamedTuple):
    """The differences from the tiny model of the same class, in sections of its configuration and of its processor.

    With `tied_embeddings`, input and output share the weights of the word embeddings.
    """

    tiny: str
    sizes: dict[str, dict[str, Any]]
    processor: dict[str, Any]
    tied_embeddings: bool = False


def _build_janus(width: int, inner: int, layers: int, heads: int) -> PublishedModel:
    """Return a size of Janus-Pro: a Llama after the image encoder SigLIP-L with 384 pixels."""
    text = {
        "model_type": "llama",
        "vocab_size": 102_400,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "max_position_embeddings": 16_384,
    }
    sizes: dict[str, dict[str, Any]] = {
        "text_config": text,
        "vision_config": {"projection_dim": width},
        "vq_config": {"projection_dim": width, "image_token_embed_dim": width},
    }
    return PublishedModel("janus", sizes, {"image_processor": {"size": _build_square(384)}, "num_image_tokens": 576})


def _build_square(side: int) -> dict[str, int]:
    return {"height": side, "width": side}


_GOT = PublishedModel(
    "got",
    {
        "vision_config": {"initializer_range": 0.02},
        # The sizes of Qwen 2 with 0.5 billion parameters.
        "text_config": {
            "model_type": "qwen2",
            "vocab_size": 151_860,
            "hidden_size": 1024,
            "intermediate_size": 2816,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "num_key_value_heads": 16,
            "max_position_embeddings": 32_768,
        },
    },
    {"image_processor": {"size": _build_square(1024)}},
    tied_embeddings=True,
)
_DEEPSEEK = PublishedModel(
    "deepseek",
    {
        "vision_config": {
            "sam_config": {"initializer_range": 0.02},
            "encoder_config": {
                "vocab_size": 1,
                "hidden_size": 896,
                "intermediate_size": 4864,
                "num_hidden_layers": 24,
                "num_attention_heads": 14,
                "num_key_value_heads": 2,
            },
        },
        # DeepSeek's mixture of experts: three billion parameters. A token uses half a billion of them.
        "text_config": {
            "vocab_size": 129_280,
            "hidden_size": 1280,
            "intermediate_size": 6848,
            "moe_intermediate_size": 896,
            "num_hidden_layers": 12,
            "num_attention_heads": 10,
            "num_key_value_heads": 10,
            "n_routed_experts": 64,
            "n_shared_experts": 2,
            "num_experts_per_tok": 6,
            "mlp_layer_types": ["dense"] + ["sparse"] * 11,
            "max_position_embeddings": 8192,
        },
    },
    {},
)
#: Surya 2 describes itself as a Qwen 3.5 with 0.65 billion parameters. These are the sizes of Qwen's smallest model.
_SURYA = PublishedModel(
    "surya",
    {
        "vision_config": {
            "depth": 12,
            "hidden_size": 768,
            "intermediate_size": 3072,
            "num_heads": 12,
            "out_hidden_size": 1024,
        },
        "text_config": {
            "vocab_size": 248_320,
            "hidden_size": 1024,
            "intermediate_size": 3584,
            "num_hidden_layers": 24,
            "num_attention_heads": 8,
            "num_key_value_heads": 2,
            "head_dim": 256,
            "linear_num_value_heads": 16,
        },
    },
    {"image_processor": {"patch_size": 16, "temporal_patch_size": 2}},
    tied_embeddings=True,
)
PUBLISHED = {
    "got": _GOT,
    "janus-1b": _build_janus(2048, 5632, 24, 16),
    "deepseek": _DEEPSEEK,
    "surya": _SURYA,
    "janus-7b": _build_janus(4096, 11_008, 30, 32),
}


def write_checkpoint(published: PublishedModel, folder: Path, device: str) -> int:
    """Create a model on this device, write it to this folder in bfloat16, and return its number of parameters.

    The tokenizer is that of the tiny model, with a few hundred words. The model never ends a text by itself.
    """
    import torch  # noqa: PLC0415  # the import takes seconds
    from transformers import AutoConfig, AutoModelForImageTextToText  # noqa: PLC0415  # the import takes seconds

    tiny = MODELS_DIR / published.tiny
    shutil.copytree(tiny, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    _update_json(folder / "processor_config.json", published.processor)
    ends = json.loads((tiny / "generation_config.json").read_text("utf-8"))["eos_token_id"]
    with torch.device(device):
        model = AutoModelForImageTextToText.from_config(
            AutoConfig.for_model(
                **build_configuration(json.loads((tiny / "config.json").read_text("utf-8")), published)
            ),
            dtype=torch.bfloat16,
        )
    model.save_pretrained(folder)
    _update_json(folder / "generation_config.json", {"eos_token_id": ends, _SUPPRESS_TOKENS: [ends]})
    return sum(parameter.numel() for parameter in model.parameters())


def build_configuration(tiny: dict[str, Any], published: PublishedModel) -> dict[str, Any]:
    """Return a configuration with the published sizes, the tokens of the tiny model, and defaults of the class."""
    outer = {name: value for name, value in tiny.items() if not isinstance(value, dict) and name not in _TINY_ONLY}
    tied = {"tie_word_embeddings": published.tied_embeddings}
    tokens = {name: value for name, value in tiny["text_config"].items() if name.endswith("_token_id")}
    text = {**published.sizes["text_config"], **tokens, **tied}
    return {**outer, **tied, **published.sizes, "text_config": text}


def _update_json(file: Path, changes: dict[str, Any]) -> None:
    """Update a JSON file. Sections keep the values that `changes` does not name."""
    content = json.loads(file.read_text("utf-8"))
    for name, value in changes.items():
        content[name] = {**content[name], **value} if isinstance(value, dict) else value
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
