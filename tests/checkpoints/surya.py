"""Build a tiny Surya 2, which is a Qwen 3.5 with vision."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import groupby
from tempfile import TemporaryDirectory
from typing import Any

from surya.inference.prompts import BLOCK_PROMPT, HIGH_ACCURACY_BBOX_PROMPT, LAYOUT_PROMPT, TABLE_REC_PROMPT
from transformers import (
    AutoProcessor,
    GenerationConfig,
    Qwen2VLImageProcessor,
    Qwen3_5Config,
    Qwen3_5ForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)

from functions.engine.models.page_model import to_rgb_image
from functions.engine.reader import Raster
from functions.surya.inference import ModelRequest, ModelResponse
from functions.surya.local_model import prepare_inputs
from functions.surya.predictors import PredictorManager, read_blocks, read_page, read_table_grids
from tests.checkpoints.creation import TrainingBatch, UntrainedModel
from tests.checkpoints.lines import LINES, render_first_page, render_images
from tests.checkpoints.tokens import train_tokenizer
from tests.checkpoints.training import amplify_vision
from tests.unit.documents.document_builders import build_pdf, draw_text

_PAD, _END = "<|endoftext|>", "<|im_end|>"
_NAMED = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}
#: The patches are larger than those of the real model, so that a page has few tokens and training on a CPU is fast.
_WIDTH, _PATCH, _MERGED = 64, 28, 2
#: The coordinates of a line and of the table on their pages; 1000 is the right or lower edge.
PLACE = "60 200 940 800"
TABLE_PLACE = "0 0 1000 1000"
ROWS = (("Größe", "5 Maß"), ("Öl", "12,50 €"))
TABLE_ANSWERS = {
    HIGH_ACCURACY_BBOX_PROMPT: f'<div data-label="Table" data-bbox="{TABLE_PLACE}"><table>'
    + "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in ROWS)
    + "</table></div>",
    TABLE_REC_PROMPT: '[{"label": "Row", "bbox": "0 0 1000 500"}, {"label": "Row", "bbox": "0 500 1000 1000"}, '
    '{"label": "Col", "bbox": "0 0 500 1000"}, {"label": "Col", "bbox": "500 0 1000 1000"}]',
}
#: The chat format that Qwen was trained with.
_CHAT = (
    "{%- for message in messages -%}<|im_start|>{{ message['role'] }}\n"
    "{%- for part in message['content'] -%}"
    "{{ '<|vision_start|><|image_pad|><|vision_end|>' if part['type'] == 'image' else part['text'] }}"
    "{%- endfor -%}<|im_end|>\n{% endfor -%}"
    "{%- if add_generation_prompt -%}<|im_start|>assistant\n{% endif -%}"
)


def render_table_page() -> Raster:
    """Return a page with a table of two rows and two columns."""
    contents = [
        draw_text(text, size=14, at=(12 + 90 * column, 32 - 24 * row))
        for row, texts in enumerate(ROWS)
        for column, text in enumerate(texts)
    ]
    return render_first_page(build_pdf([b"".join(contents)], box="0 0 180 48"))


def build_model() -> UntrainedModel:
    """Return the untrained model."""
    tokens = train_tokenizer(
        [_PAD, "<|im_start|>", _END, *_NAMED.values()],
        end=_END,
        pad=_PAD,
        corpus=[text for answers in (_build_answers(""), TABLE_ANSWERS) for text in (*answers, *answers.values())],
        **_NAMED,
    )
    model = Qwen3_5ForConditionalGeneration(_build_config(tokens))
    amplify_vision(model)
    model.generation_config = GenerationConfig(eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id)
    images = Qwen2VLImageProcessor(
        patch_size=_PATCH,
        merge_size=_MERGED,
        temporal_patch_size=1,
        size={"shortest_edge": (_PATCH * _MERGED) ** 2, "longest_edge": 3072 * 2048},
    )
    processor = Qwen3VLProcessor(
        image_processor=images,
        tokenizer=tokens,
        video_processor=Qwen3VLVideoProcessor(),
        chat_template=_CHAT,
    )
    processor = _reload_processor(model.config, processor)
    return UntrainedModel(model, processor, tuple(_build_batches(processor)))


def _reload_processor(config: Any, processor: Any) -> Any:
    """Return the processor as an engine loads it. A tokenizer loaded for a Qwen always splits words in Qwen's way."""
    with TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        processor.save_pretrained(folder)
        return AutoProcessor.from_pretrained(folder, local_files_only=True)


def _build_batches(processor: Any) -> Iterator[TrainingBatch]:
    """Yield a batch for each prompt. Its rows have similar lengths and little padding."""
    requests = sorted(_record_requests(), key=lambda pair: pair[0].prompt)
    for _, pairs in groupby(requests, key=lambda pair: pair[0].prompt):
        batch, answers = zip(*pairs, strict=True)
        yield TrainingBatch(prepare_inputs(processor, batch), answers)


def _record_requests() -> list[tuple[ModelRequest, str]]:
    """Return the requests that Surya's own predictors send about the pages, each with its answer."""
    recorded: list[tuple[ModelRequest, str]] = []

    def send(answers: Mapping[str, str], request: ModelRequest) -> ModelResponse:
        recorded.append((request, answers[request.prompt]))
        return ModelResponse(recorded[-1][1], 1.0, 0.0, 1, is_cut_off=False)

    for text, image in zip(LINES, render_images(), strict=True):
        manager = PredictorManager(partial(send, _build_answers(text)), parallel=1)
        read_page(manager, image)
        read_blocks(manager, image)
    manager, image = PredictorManager(partial(send, TABLE_ANSWERS), parallel=1), to_rgb_image(render_table_page())
    list(read_table_grids(manager, image, read_page(manager, image)))
    return recorded


def _build_answers(text: str) -> dict[str, str]:
    """Return the answers about the page of a line, by prompt."""
    return {
        HIGH_ACCURACY_BBOX_PROMPT: f'<div data-label="Text" data-bbox="{PLACE}"><p>{text}</p></div>',
        LAYOUT_PROMPT: f'[{{"label": "Text", "bbox": "{PLACE}", "count": 50}}]',
        BLOCK_PROMPT: f"<p>{text}</p>",
    }


def _build_config(tokens: Any) -> Any:
    return Qwen3_5Config(
        text_config=_build_text_config(tokens),
        vision_config={
            "depth": 1,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "patch_size": _PATCH,
            "spatial_merge_size": _MERGED,
            "temporal_patch_size": 1,
            "out_hidden_size": _WIDTH,
            "num_position_embeddings": 256,
        },
        image_token_id=tokens.convert_tokens_to_ids(_NAMED["image_token"]),
        video_token_id=tokens.convert_tokens_to_ids(_NAMED["video_token"]),
        vision_start_token_id=tokens.convert_tokens_to_ids(_NAMED["vision_start_token"]),
        vision_end_token_id=tokens.convert_tokens_to_ids(_NAMED["vision_end_token"]),
    )


def _build_text_config(tokens: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokens),
        "hidden_size": _WIDTH,
        "intermediate_size": 128,
        # One layer of each type of the real model.
        "num_hidden_layers": 2,
        "layer_types": ["linear_attention", "full_attention"],
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
    }
