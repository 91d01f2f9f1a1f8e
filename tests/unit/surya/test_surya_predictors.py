"""Surya's predictors, with a model that says what a test tells it to."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw
from surya.inference.prompts import BLOCK_PROMPT, HIGH_ACCURACY_BBOX_PROMPT, LAYOUT_PROMPT

from functions.runtime.errors import Unavailable
from functions.surya.html import text
from functions.surya.predictors import Manager, by_regions, whole_page
from functions.surya.questions import Answer, Question
from functions.surya.regions import Region

LAYOUT = '[{"label": "Text", "bbox": "0 0 1000 500", "count": 50}]'
PAGE = '<div data-label="Text" data-bbox="0 0 1000 500"><p>ganze Seite</p></div>'


def answered(answers: dict[str, Answer]) -> Callable[[Question], Answer]:
    return lambda question: answers[question.prompt]


def said(text: str, probability: float = 0.9, *, cut: bool = False) -> Answer:
    return Answer(text, probability, 0.0, 10, cut)


@pytest.fixture
def picture() -> Any:
    """A page with ink, of which Surya lets no text be made up where there is none."""
    page = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(page).rectangle((20, 20, 380, 90), fill="black")
    return page


@pytest.mark.parametrize("page", [said(PAGE, cut=True), said(""), said(PAGE + "zwei " * 200)])
def test_a_page_that_surya_can_make_nothing_of_is_read_block_by_block(picture: Any, page: Answer) -> None:
    answers = {HIGH_ACCURACY_BBOX_PROMPT: page, LAYOUT_PROMPT: said(LAYOUT), BLOCK_PROMPT: said("<p>Block</p>", 0.8)}
    manager = Manager(answered(answers), parallel=4)
    (block,) = whole_page(manager, picture)
    assert (block.html, block.bbox, block.confidence) == ("<p>Block</p>", [0, 0, 400, 100], 0.8)
    assert len(manager.answers) == 3


def test_marks_of_the_model_are_in_no_block(picture: Any) -> None:
    manager = Manager(answered({BLOCK_PROMPT: said("<p>Größe<|im_end|></p>\n<|vision_end|>")}), parallel=4)
    (block,) = by_regions(manager, picture, [Region("Text", (0, 0, 400, 100))])
    assert block.html == "<p>Größe</p>"


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_printed_like_a_tag_stays_text_in_a_page_and_in_a_block(picture: Any, *, whole: bool) -> None:
    written = "<p>die Marke <box> hier</p>"
    page = f'<div data-label="Text" data-bbox="0 0 1000 500">{written}</div>'
    manager = Manager(answered({HIGH_ACCURACY_BBOX_PROMPT: said(page), BLOCK_PROMPT: said(written)}), parallel=4)
    region = Region("Text", (0, 0, 400, 100))
    (block,) = whole_page(manager, picture) if whole else by_regions(manager, picture, [region])
    assert text(block.html) == "die Marke <box> hier"


def test_a_block_that_was_cut_off_keeps_its_text_and_nobody_is_sure_of_it(picture: Any) -> None:
    manager = Manager(answered({BLOCK_PROMPT: said("<p>Größ", cut=True)}), parallel=4)
    (block,) = by_regions(manager, picture, [Region("Text", (0, 0, 400, 100))])
    assert (block.html, block.confidence) == ("<p>Größ", 0.0)


def test_regions_are_asked_one_by_one_and_stay_in_their_order(picture: Any) -> None:
    regions = [Region("Text", (0, 100, 400, 200)), Region("Picture", (0, 0, 10, 10)), Region("Table", (0, 0, 400, 100))]
    manager = Manager(answered({BLOCK_PROMPT: said("<p>Block</p>")}), parallel=1)
    blocks = by_regions(manager, picture, regions)
    assert [(block.label, block.html) for block in blocks] == [
        ("Text", "<p>Block</p>"),
        ("Picture", ""),
        ("Table", "<p>Block</p>"),
    ]
    assert len(manager.answers) == 2, "nobody reads a picture"


def test_an_endpoint_that_is_down_is_no_empty_page(picture: Any) -> None:
    def down(_: Question) -> Answer:
        raise Unavailable("down")

    with pytest.raises(Unavailable):
        whole_page(Manager(down, parallel=4), picture)


def test_a_page_without_anything_has_no_blocks(picture: Any) -> None:
    blank = '<div data-label="Blank-Page" data-bbox="0 0 1000 1000"></div>'
    assert whole_page(Manager(answered({HIGH_ACCURACY_BBOX_PROMPT: said(blank)}), parallel=1), picture) == []
