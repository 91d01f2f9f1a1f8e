"""How sure a model was is what transformers itself would say, at a fraction of the memory."""

import pytest

from functions.engine.models.checkpoint import load
from functions.engine.models.generation import generate
from functions.gotocr.reader import question
from functions.gotocr.settings import GotOcrSettings
from tests.checkpoints.device import THERE
from tests.checkpoints.lines import HOME, LINES, pictures


def test_probabilities_are_those_of_the_transition_scores_without_the_padding() -> None:
    settings = GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=HOME / "got", **THERE)
    checkpoint = load(settings)
    inputs = question(formatted=False).inputs(checkpoint.processor, pictures())
    written = checkpoint.model.generate(
        **inputs.to(checkpoint.device, dtype=checkpoint.model.dtype),
        do_sample=False,
        max_new_tokens=40,
        output_scores=True,
        return_dict_in_generate=True,
    )
    scores = checkpoint.model.compute_transition_scores(written.sequences, written.scores, normalize_logits=True).exp()
    kept = written.sequences[:, inputs["input_ids"].shape[1] :] != checkpoint.tokenizer.pad_token_id
    expected = (scores * kept).sum(1) / kept.sum(1)

    generated = generate(checkpoint, inputs, max_new_tokens=40, max_seconds=60, end="<|im_end|>")

    assert [page.text for page in generated] == list(LINES)
    assert len({page.tokens for page in generated}) > 1, "some are padded"
    assert [page.probability for page in generated] == pytest.approx(expected.tolist(), abs=1e-4)


def test_pictures_that_are_seen_one_by_one_are_written_of_as_if_seen_together() -> None:
    checkpoint = load(GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=HOME / "got", **THERE))
    seen: list[int] = []
    encoder = checkpoint.model.model.vision_tower
    encoder.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))

    together, singly = (
        generate(
            checkpoint,
            question(formatted=False).inputs(checkpoint.processor, pictures()),
            max_new_tokens=40,
            max_seconds=60,
            end="<|im_end|>",
            singly=singly,
        )
        for singly in (False, True)
    )

    assert seen == [len(LINES), *[1] * len(LINES)]
    assert [page.text for page in singly] == [page.text for page in together] == list(LINES)
    assert [page.probability for page in singly] == pytest.approx([page.probability for page in together], abs=1e-3)


def test_a_page_without_an_end_is_cut_off_when_its_time_is_over() -> None:
    checkpoint = load(GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=HOME / "got", **THERE))
    inputs = question(formatted=False).inputs(checkpoint.processor, pictures())

    generated = generate(checkpoint, inputs, max_new_tokens=4096, max_seconds=0, end="<|im_end|>")

    assert [(page.cut, page.confidence) for page in generated] == [(True, 0.0)] * len(LINES)
    assert {page.tokens for page in generated} == {1}
