"""Probabilities of tokens equal those of transformers, at a fraction of the memory."""

import pytest

from functions.engine.models.checkpoint import load_checkpoint
from functions.engine.models.generation import generate_texts
from functions.gotocr.reader import build_adapter
from functions.gotocr.settings import GotOcrSettings
from tests.checkpoints.device import DEVICE_SETTINGS
from tests.checkpoints.lines import LINES, MODELS_DIR, render_images


def test_probabilities_equal_transition_scores_without_padding() -> None:
    settings = GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=MODELS_DIR / "got", **DEVICE_SETTINGS)
    checkpoint = load_checkpoint(settings)
    inputs = build_adapter(formatted=False).prepare_inputs(checkpoint.processor, render_images())
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

    generated = generate_texts(checkpoint, inputs, max_new_tokens=40, max_seconds=60, end_of_text="<|im_end|>")

    assert [page.text for page in generated] == list(LINES)
    assert len({page.token_count for page in generated}) > 1, "some are padded"
    assert [page.probability for page in generated] == pytest.approx(expected.tolist(), abs=1e-4)


def test_images_encoded_singly_give_the_same_texts() -> None:
    checkpoint = load_checkpoint(
        GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=MODELS_DIR / "got", **DEVICE_SETTINGS)
    )
    batch_sizes: list[int] = []
    encoder = checkpoint.model.model.vision_tower
    encoder.register_forward_pre_hook(lambda _, given: batch_sizes.append(len(given[0])))

    together, singly = (
        generate_texts(
            checkpoint,
            build_adapter(formatted=False).prepare_inputs(checkpoint.processor, render_images()),
            max_new_tokens=40,
            max_seconds=60,
            end_of_text="<|im_end|>",
            encode_singly=singly,
        )
        for singly in (False, True)
    )

    assert batch_sizes == [len(LINES), *[1] * len(LINES)]
    assert [page.text for page in singly] == [page.text for page in together] == list(LINES)
    assert [page.probability for page in singly] == pytest.approx([page.probability for page in together], abs=1e-3)


def test_text_without_end_is_cut_off_at_the_time_limit() -> None:
    checkpoint = load_checkpoint(
        GotOcrSettings(kafka_bootstrap_servers="nowhere:9092", model_dir=MODELS_DIR / "got", **DEVICE_SETTINGS)
    )
    inputs = build_adapter(formatted=False).prepare_inputs(checkpoint.processor, render_images())

    generated = generate_texts(checkpoint, inputs, max_new_tokens=4096, max_seconds=0, end_of_text="<|im_end|>")

    assert [(page.is_cut_off, page.confidence) for page in generated] == [(True, 0.0)] * len(LINES)
    assert {page.token_count for page in generated} == {1}
