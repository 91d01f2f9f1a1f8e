"""Checkpoints as large as the published models, with random weights: made here, for engines to load as any other."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from tests.checkpoints.lines import HOME

#: Told by the class itself, or of the tiny model alone.
_OF_THE_TINY = ("architectures", "dtype", "transformers_version", "image_seq_length")
_ENDLESS = "suppress_tokens"


class Published(NamedTuple):
    """What differs from the tiny model of the same class: sections of its configuration, and of its processor.

    `tied`: words are written with the weights that they are read with.
    """

    tiny: str
    sizes: dict[str, dict[str, Any]]
    processor: dict[str, Any]
    tied: bool = False


def _janus(width: int, inner: int, layers: int, heads: int) -> Published:
    """Janus-Pro: a Llama behind SigLIP-L of 384 pixels."""
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
    return Published("janus", sizes, {"image_processor": {"size": _square(384)}, "num_image_tokens": 576})


def _square(side: int) -> dict[str, int]:
    return {"height": side, "width": side}


_GOT = Published(
    "got",
    {
        "vision_config": {"initializer_range": 0.02},
        # Of Qwen 2, as the 0.5 billion parameters of its day.
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
    {"image_processor": {"size": _square(1024)}},
    tied=True,
)
_DEEPSEEK = Published(
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
        # DeepSeek's mixture of experts: three billion parameters, of which a token takes half a billion.
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
#: Surya 2 says of itself that it is a Qwen 3.5 of 0.65 billion parameters. This is the smallest that Qwen published.
_SURYA = Published(
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
    tied=True,
)
PUBLISHED = {
    "got": _GOT,
    "janus-1b": _janus(2048, 5632, 24, 16),
    "deepseek": _DEEPSEEK,
    "surya": _SURYA,
    "janus-7b": _janus(4096, 11_008, 30, 32),
}


def write(published: Published, folder: Path, device: str) -> int:
    """Make such a model on this device, write it into this folder in bfloat16, and say how many parameters it has.

    Its tokenizer is the tiny model's, of a few hundred words; it never comes to an end by itself.
    """
    import torch  # noqa: PLC0415  # seconds
    from transformers import AutoConfig, AutoModelForImageTextToText  # noqa: PLC0415  # the same

    tiny = HOME / published.tiny
    shutil.copytree(tiny, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    _rewrite(folder / "processor_config.json", published.processor)
    ends = json.loads((tiny / "generation_config.json").read_text("utf-8"))["eos_token_id"]
    with torch.device(device):
        model = AutoModelForImageTextToText.from_config(
            AutoConfig.for_model(**configuration(json.loads((tiny / "config.json").read_text("utf-8")), published)),
            dtype=torch.bfloat16,
        )
    model.save_pretrained(folder)
    _rewrite(folder / "generation_config.json", {"eos_token_id": ends, _ENDLESS: [ends]})
    return sum(parameter.numel() for parameter in model.parameters())


def configuration(tiny: dict[str, Any], published: Published) -> dict[str, Any]:
    """The published sizes, and the defaults of the class where they say nothing, with the tokens of the tiny model."""
    outer = {name: value for name, value in tiny.items() if not isinstance(value, dict) and name not in _OF_THE_TINY}
    tied = {"tie_word_embeddings": published.tied}
    tokens = {name: value for name, value in tiny["text_config"].items() if name.endswith("_token_id")}
    text = {**published.sizes["text_config"], **tokens, **tied}
    return {**outer, **tied, **published.sizes, "text_config": text}


def _rewrite(file: Path, changes: dict[str, Any]) -> None:
    """Change a JSON file, one level of sections deep."""
    told = json.loads(file.read_text("utf-8"))
    for name, value in changes.items():
        told[name] = {**told[name], **value} if isinstance(value, dict) else value
    file.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
