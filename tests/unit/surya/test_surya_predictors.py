"""Surya's predictors with a model that returns prepared responses."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw
from surya.inference.prompts import BLOCK_PROMPT, HIGH_ACCURACY_BBOX_PROMPT, LAYOUT_PROMPT

from functions.runtime.errors import Unavailable
from functions.surya.html import extract_text
from functions.surya.inference import ModelRequest, ModelResponse
from functions.surya.predictors import PredictorManager, read_page, read_regions
from functions.surya.regions import Region

LAYOUT = '[{"label": "Text", "bbox": "0 0 1000 500", "count": 50}]'
PAGE = '<div data-label="Text" data-bbox="0 0 1000 500"><p>ganze Seite</p></div>'


def answer_prompts(responses: dict[str, ModelResponse]) -> Callable[[ModelRequest], ModelResponse]:
    return lambda request: responses[request.prompt]


def respond(text: str, probability: float = 0.9, *, is_cut_off: bool = False) -> ModelResponse:
    return ModelResponse(text, probability, 0.0, 10, is_cut_off)


@pytest.fixture
def image() -> Any:
    """Return a page with ink, because Surya drops text where there is no ink."""
    page = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(page).rectangle((20, 20, 380, 90), fill="black")
    return page


@pytest.mark.parametrize("page", [respond(PAGE, is_cut_off=True), respond(""), respond(PAGE + "zwei " * 200)])
def test_page_that_surya_cannot_parse_is_read_by_blocks(image: Any, page: ModelResponse) -> None:
    answers = {
        HIGH_ACCURACY_BBOX_PROMPT: page,
        LAYOUT_PROMPT: respond(LAYOUT),
        BLOCK_PROMPT: respond("<p>Block</p>", 0.8),
    }
    manager = PredictorManager(answer_prompts(answers), parallel=4)
    (block,) = read_page(manager, image)
    assert (block.html, block.bbox, block.confidence) == ("<p>Block</p>", [0, 0, 400, 100], 0.8)
    assert len(manager.responses) == 3


def test_blocks_have_no_special_tokens(image: Any) -> None:
    manager = PredictorManager(
        answer_prompts({BLOCK_PROMPT: respond("<p>Größe<|im_end|></p>\n<|vision_end|>")}), parallel=4
    )
    (block,) = read_regions(manager, image, [Region("Text", (0, 0, 400, 100))])
    assert block.html == "<p>Größe</p>"


@pytest.mark.parametrize("is_whole_page", [True, False])
def test_printed_tag_stays_text(image: Any, *, is_whole_page: bool) -> None:
    written = "<p>die Marke <box> hier</p>"
    page = f'<div data-label="Text" data-bbox="0 0 1000 500">{written}</div>'
    manager = PredictorManager(
        answer_prompts({HIGH_ACCURACY_BBOX_PROMPT: respond(page), BLOCK_PROMPT: respond(written)}), parallel=4
    )
    region = Region("Text", (0, 0, 400, 100))
    (block,) = read_page(manager, image) if is_whole_page else read_regions(manager, image, [region])
    assert extract_text(block.html) == "die Marke <box> hier"


def test_block_that_is_cut_off_has_no_confidence(image: Any) -> None:
    manager = PredictorManager(answer_prompts({BLOCK_PROMPT: respond("<p>Größ", is_cut_off=True)}), parallel=4)
    (block,) = read_regions(manager, image, [Region("Text", (0, 0, 400, 100))])
    assert (block.html, block.confidence) == ("<p>Größ", 0.0)


def test_regions_are_read_singly_in_their_order(image: Any) -> None:
    regions = [Region("Text", (0, 100, 400, 200)), Region("Picture", (0, 0, 10, 10)), Region("Table", (0, 0, 400, 100))]
    manager = PredictorManager(answer_prompts({BLOCK_PROMPT: respond("<p>Block</p>")}), parallel=1)
    blocks = read_regions(manager, image, regions)
    assert [(block.label, block.html) for block in blocks] == [
        ("Text", "<p>Block</p>"),
        ("Picture", ""),
        ("Table", "<p>Block</p>"),
    ]
    assert len(manager.responses) == 2, "pictures are not read"


def test_unavailable_endpoint_is_no_empty_page(image: Any) -> None:
    def raise_unavailable(_: ModelRequest) -> ModelResponse:
        raise Unavailable("down")

    with pytest.raises(Unavailable):
        read_page(PredictorManager(raise_unavailable, parallel=4), image)


def test_blank_page_has_no_blocks(image: Any) -> None:
    blank = '<div data-label="Blank-Page" data-bbox="0 0 1000 1000"></div>'
    assert (
        read_page(PredictorManager(answer_prompts({HIGH_ACCURACY_BBOX_PROMPT: respond(blank)}), parallel=1), image)
        == []
    )
