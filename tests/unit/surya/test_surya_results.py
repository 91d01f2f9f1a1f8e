import pytest

from functions.engine.reader import Raster
from functions.reading.reading import Block
from functions.surya.inference import ModelResponse
from functions.surya.results import compute_confidence, compute_signals

INK, BLANK = Raster(bytes(100), 10, 10, 300), Raster(b"\xff" * 100, 10, 10, 300)
CONFIDENT, UNCERTAIN = (
    ModelResponse("", 0.9, 0.0, 30, is_cut_off=False),
    ModelResponse("", 0.5, 0.4, 10, is_cut_off=False),
)
UNKNOWN, CUT = ModelResponse("", None, None, 10, is_cut_off=False), ModelResponse("", 0.9, 0.0, 10, is_cut_off=True)


def test_confidence_is_weighted_by_characters() -> None:
    blocks = [Block(text="a" * 30, confidence=0.9), Block(text="b" * 10, confidence=0.5)]
    assert compute_confidence(blocks, [CONFIDENT, UNCERTAIN], INK) == pytest.approx(0.8)


def test_missing_probability_gives_no_confidence() -> None:
    assert compute_confidence([Block(text="a")], [UNKNOWN], INK) == 0


def test_page_without_blocks_is_confident_only_without_ink() -> None:
    assert (compute_confidence([], [CONFIDENT], BLANK), compute_confidence([], [CONFIDENT], INK)) == (1, 0)


def test_confidence_of_pictures_comes_from_the_responses() -> None:
    assert compute_confidence([Block(text="")], [CONFIDENT, UNCERTAIN], INK) == 0.5
    assert compute_confidence([Block(text="")], [CUT], INK) == 0


def test_signals_are_weighted_by_tokens() -> None:
    assert compute_signals([CONFIDENT, UNCERTAIN]) == {
        "token_probability": pytest.approx(0.8),
        "unsure_tokens": pytest.approx(0.1),
        "tokens": 40,
        "cut_off": 0,
    }
    assert compute_signals([CONFIDENT, CUT])["cut_off"] == 1


def test_signal_missing_in_one_response_is_absent() -> None:
    assert compute_signals([CONFIDENT, UNKNOWN]) == {"tokens": 40, "cut_off": 0}
