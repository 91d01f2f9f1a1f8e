import pytest

from functions.engine.reader import Raster
from functions.reading.reading import Block
from functions.surya.questions import Answer
from functions.surya.results import confidence, signals

INK, BLANK = Raster(bytes(100), 10, 10, 300), Raster(b"\xff" * 100, 10, 10, 300)
SURE, UNSURE = Answer("", 0.9, 0.0, 30, cut=False), Answer("", 0.5, 0.4, 10, cut=False)
SILENT, CUT = Answer("", None, None, 10, cut=False), Answer("", 0.9, 0.0, 10, cut=True)


def test_a_long_block_weighs_more_than_a_short_one() -> None:
    blocks = [Block(text="a" * 30, confidence=0.9), Block(text="b" * 10, confidence=0.5)]
    assert confidence(blocks, [SURE, UNSURE], INK) == pytest.approx(0.8)


def test_nobody_is_sure_of_what_has_no_probability() -> None:
    assert confidence([Block(text="a")], [SILENT], INK) == 0


def test_a_page_without_blocks_is_certain_only_where_there_is_no_ink() -> None:
    assert (confidence([], [SURE], BLANK), confidence([], [SURE], INK)) == (1, 0)


def test_of_pictures_alone_the_answers_say_how_sure_they_are() -> None:
    assert confidence([Block(text="")], [SURE, UNSURE], INK) == 0.5
    assert confidence([Block(text="")], [CUT], INK) == 0


def test_signals_are_of_all_answers_by_their_tokens() -> None:
    assert signals([SURE, UNSURE]) == {
        "token_probability": pytest.approx(0.8),
        "unsure_tokens": pytest.approx(0.1),
        "tokens": 40,
        "cut_off": 0,
    }
    assert signals([SURE, CUT])["cut_off"] == 1


def test_a_signal_that_one_answer_does_not_give_is_absent() -> None:
    assert signals([SURE, SILENT]) == {"tokens": 40, "cut_off": 0}
