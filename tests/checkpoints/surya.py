"""A tiny Surya 2, which is a Qwen 3.5 that sees."""

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

from functions.engine.models.pages import picture
from functions.engine.reader import Raster
from functions.surya.local import inputs
from functions.surya.predictors import Manager, by_blocks, grids, whole_page
from functions.surya.questions import Answer, Question
from tests.checkpoints.fitting import amplify
from tests.checkpoints.lines import LINES, pictures, rendered
from tests.checkpoints.making import Lesson, Made
from tests.checkpoints.tokens import tokenizer
from tests.unit.documents.handmade import line, pdf

_PAD, _END = "<|endoftext|>", "<|im_end|>"
_NAMED = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}
#: Patches larger than the real one's, so that a page is few tokens: it is trained on a CPU.
_WIDTH, _PATCH, _MERGED = 64, 28, 2
#: Where a line is on its page, and the table on its own, of 1000.
PLACE = "60 200 940 800"
TABLE_PLACE = "0 0 1000 1000"
ROWS = (("Größe", "5 Maß"), ("Öl", "12,50 €"))
OF_TABLE = {
    HIGH_ACCURACY_BBOX_PROMPT: f'<div data-label="Table" data-bbox="{TABLE_PLACE}"><table>'
    + "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in ROWS)
    + "</table></div>",
    TABLE_REC_PROMPT: '[{"label": "Row", "bbox": "0 0 1000 500"}, {"label": "Row", "bbox": "0 500 1000 1000"}, '
    '{"label": "Col", "bbox": "0 0 500 1000"}, {"label": "Col", "bbox": "500 0 1000 1000"}]',
}
#: The turns as Qwen was trained with them.
_CHAT = (
    "{%- for message in messages -%}<|im_start|>{{ message['role'] }}\n"
    "{%- for part in message['content'] -%}"
    "{{ '<|vision_start|><|image_pad|><|vision_end|>' if part['type'] == 'image' else part['text'] }}"
    "{%- endfor -%}<|im_end|>\n{% endfor -%}"
    "{%- if add_generation_prompt -%}<|im_start|>assistant\n{% endif -%}"
)


def table() -> Raster:
    """A page with a table of two rows and two columns."""
    contents = [
        line(text, size=14, at=(12 + 90 * column, 32 - 24 * row))
        for row, texts in enumerate(ROWS)
        for column, text in enumerate(texts)
    ]
    return rendered(pdf([b"".join(contents)], box="0 0 180 48"))


def made() -> Made:
    """Not yet able to read."""
    tokens = tokenizer(
        [_PAD, "<|im_start|>", _END, *_NAMED.values()],
        end=_END,
        pad=_PAD,
        corpus=[text for answers in (_of_line(""), OF_TABLE) for text in (*answers, *answers.values())],
        **_NAMED,
    )
    model = Qwen3_5ForConditionalGeneration(_config(tokens))
    amplify(model)
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
    processor = _loaded(model.config, processor)
    return Made(model, processor, tuple(_lessons(processor)))


def _loaded(config: Any, processor: Any) -> Any:
    """As an engine gets it: a tokenizer that was loaded for a Qwen splits words in Qwen's way, whoever trained it."""
    with TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        processor.save_pretrained(folder)
        return AutoProcessor.from_pretrained(folder, local_files_only=True)


def _lessons(processor: Any) -> Iterator[Lesson]:
    """One by prompt: rows of a length, of which little is padding."""
    asked = sorted(_asked(), key=lambda pair: pair[0].prompt)
    for _, pairs in groupby(asked, key=lambda pair: pair[0].prompt):
        questions, answers = zip(*pairs, strict=True)
        yield Lesson(inputs(processor, questions), answers)


def _asked() -> list[tuple[Question, str]]:
    """What Surya's own predictors ask about the pages, each with what is to be answered."""
    asked: list[tuple[Question, str]] = []

    def ask(answers: Mapping[str, str], question: Question) -> Answer:
        asked.append((question, answers[question.prompt]))
        return Answer(asked[-1][1], 1.0, 0.0, 1, cut=False)

    for text, seen in zip(LINES, pictures(), strict=True):
        manager = Manager(partial(ask, _of_line(text)), parallel=1)
        whole_page(manager, seen)
        by_blocks(manager, seen)
    manager, seen = Manager(partial(ask, OF_TABLE), parallel=1), picture(table())
    list(grids(manager, seen, whole_page(manager, seen)))
    return asked


def _of_line(text: str) -> dict[str, str]:
    return {
        HIGH_ACCURACY_BBOX_PROMPT: f'<div data-label="Text" data-bbox="{PLACE}"><p>{text}</p></div>',
        LAYOUT_PROMPT: f'[{{"label": "Text", "bbox": "{PLACE}", "count": 50}}]',
        BLOCK_PROMPT: f"<p>{text}</p>",
    }


def _config(tokens: Any) -> Any:
    return Qwen3_5Config(
        text_config=_text(tokens),
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


def _text(tokens: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokens),
        "hidden_size": _WIDTH,
        "intermediate_size": 128,
        # One of each kind that the real one has.
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
