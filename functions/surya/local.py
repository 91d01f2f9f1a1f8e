"""Surya's model in this process, by transformers: it is asked what Surya itself asks a server of vLLM or llama.cpp."""

from collections.abc import Sequence
from typing import Any

from functions.engine.models import checkpoint
from functions.engine.models.batching import Batcher
from functions.engine.models.generation import Generated, generate
from functions.runtime.errors import Unstartable
from functions.surya.questions import Answer, Ask, Question
from functions.surya.settings import SuryaSettings

#: Surya 2 is a Qwen 3.5.
_TYPE = "qwen3_5"


class Local:
    """Asked by several threads at a time, which share passes: the blocks of a page, and those of other pages."""

    def __init__(self, settings: SuryaSettings) -> None:
        """Takes seconds to minutes. Raises Unstartable."""
        self._checkpoint, self._settings = checkpoint.load(settings), settings
        if (found := self._checkpoint.model.config.model_type) != _TYPE:
            where = "MODEL_DIR" if settings.model_dir else "MODEL_ID"
            raise Unstartable(f"{where}: a model of type {found} is there; wanted: {_TYPE}.")
        self._batcher = Batcher(self._run, size=settings.max_batch_size, wait_seconds=settings.max_wait_ms / 1000)

    def page(self) -> Ask:
        """Raises what the model raises on a question alone."""
        return self._ask

    def _ask(self, question: Question) -> Answer:
        written = self._batcher(question).output
        # A pass goes on for the longest of its answers; what another one had no tokens for does not count.
        cut = written.cut or written.tokens > question.max_tokens
        return Answer(written.text, written.probability, written.unsure, written.tokens, cut)

    def _run(self, questions: Sequence[Question]) -> list[Generated]:
        return generate(
            self._checkpoint,
            inputs(self._checkpoint.processor, questions),
            max_new_tokens=min(self._settings.max_new_tokens, max(question.max_tokens for question in questions)),
            max_seconds=self._settings.pass_seconds,
        )


def inputs(processor: Any, questions: Sequence[Question]) -> Any:
    """Tensors, a row per question. Pictures keep their sizes: each has as many tokens as it needs."""
    return processor(
        images=[question.picture for question in questions],
        text=[_chat(processor, question.prompt) for question in questions],
        return_tensors="pt",
        padding=True,
        padding_side="left",
    )


def _chat(processor: Any, prompt: str) -> str:
    content = [{"type": "image"}, {"type": "text", "text": prompt}]
    turn = [{"role": "user", "content": content}]
    text: str = processor.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
    return text
