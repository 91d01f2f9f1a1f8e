"""Special tokens are removed from the texts of all models."""

import pytest

from functions.deepseek.grounding import parse_output
from functions.deepseek.reader import ADAPTERS
from functions.engine.models.batching import BatchResult
from functions.engine.models.generation import GeneratedText
from functions.engine.models.page_model import PageContent, build_reading
from functions.engine.models.special_tokens import strip_special_tokens, strip_tag_tokens
from functions.engine.reader import Reading
from functions.gotocr.reader import build_adapter
from functions.reading.reading import Block, BlockKind, Cell
from tests.unit.engine.engine_fakes import BLANK_IMAGE

PART = "<|ref|>text<|/ref|><|det|>[[1, 2, 300, 400]]<|/det|>\n"
TAGS = "Das Element <box> 12 345 steht in <image>, nicht in <box>6</box>"


def read(content: PageContent, text: str = "") -> Reading:
    generated = GeneratedText(text, 0.9, 0.0, 10, is_cut_off=False)
    return build_reading(("model", "1"), ("deu",), BLANK_IMAGE, BatchResult(generated, 0.0, 1.0, 1), content)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Größe<|im_end|>", "Größe"),
        ("<|im_start|>Größe\n<|endoftext|>", "Größe"),
        ("<\uff5cbegin▁of▁sentence\uff5c>Größe<\uff5cend▁of▁sentence\uff5c>", "Größe"),
        ("Größe<|/det|>", "Größe"),
        ("[[1, 2, 300, 400]]<|/det|>Größe", "Größe"),
        ("Größe\n\n<|ref|>title<|/ref|><|det|>[[1, 2, 3", "Größe"),
        ("Größe\n<|ref|>tit", "Größe"),
        ("<|box_start|>(1,2),(3,4)<|box_end|>Größe", "Größe"),
        ("eins\n\n<|grounding|>\n\nzwei", "eins\n\nzwei"),
    ],
)
def test_complete_and_partial_special_tokens_are_removed(written: str, kept: str) -> None:
    assert strip_special_tokens(written) == kept


@pytest.mark.parametrize(
    "text", ["a < b und c > d", "[[1, 2]]", "f(3, 4) | x", "<b>fett</b>", "  eingerückt", "|| <|", TAGS]
)
def test_text_that_resembles_special_tokens_stays(text: str) -> None:
    assert strip_special_tokens(text) == text
    assert strip_tag_tokens(text, {"<td>", "<|im_end|>"}) == text, "none of these tags is a token of this model"


@pytest.mark.parametrize("mark", ["<|det|>", "<|box_start|>"])
def test_numbers_after_an_unclosed_token_stay(mark: str) -> None:
    assert strip_special_tokens(f"Summe{mark} 12 345\n678") == "Summe 12 345\n678"


def test_words_after_an_unclosed_label_stay() -> None:
    assert strip_special_tokens("<|ref|>Größe\nMaß") == "Größe\nMaß"


@pytest.mark.parametrize(
    ("written", "tokens", "kept"),
    [
        ("Größe <image> und Maß", {"<image>"}, "Größe  und Maß"),
        ("<img><imgpad></img>Größe", {"<img>", "</img>", "<imgpad>"}, "Größe"),
        ("<image_placeholder>Größe <image>", {"<image_placeholder>"}, "Größe <image>"),
        ("<box>(1,2),(3,4)</box>Größe", {"<box>", "</box>"}, "Größe"),
        ("<box> 12 345", {"<box>", "</box>"}, "12 345"),
        ("<td>5</td>", {"<td>", "</td>"}, "<td>5</td>"),
    ],
)
def test_tags_that_are_tokens_of_the_model_are_removed(written: str, tokens: set[str], kept: str) -> None:
    assert strip_tag_tokens(written, tokens) == kept


def test_no_part_of_a_reading_has_special_tokens() -> None:
    cell = Cell(row=0, column=0, text="5<|im_end|>")
    block = Block(kind=BlockKind.TABLE, text="5<|im_end|>", cells=(cell,))

    reading = read(PageContent("5<|im_end|>", "| 5<|im_end|> |", (block,)))

    assert (reading.text, reading.markdown) == ("5", "| 5 |")
    assert [(block.text, [cell.text for cell in block.cells]) for block in reading.blocks] == [("5", ["5"])]


def test_page_with_only_special_tokens_has_no_text() -> None:
    reading = read(PageContent("<|im_end|><|image|>"))
    assert (reading.text, reading.confidence) == ("", 1.0), "the page is white"


@pytest.mark.parametrize(
    "written",
    [
        f"{PART}Größe\n\n{PART}Maß",
        f"<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]\nGröße\n\n{PART}Maß",
        f"{PART}Größe<\uff5cend▁of▁sentence\uff5c>\n\n<|/det|>\n\nMaß",
        f"<|grounding|>Größe\n\n{PART}Maß<|det|>[[5, 6",
    ],
)
def test_deepseek_text_has_no_labels_or_coordinates(written: str) -> None:
    reading = read(parse_output(written, 999, 999))
    assert reading.text == reading.markdown == "Größe\n\nMaß"


@pytest.mark.parametrize("marks", ["<|im_end|>", "<\uff5cend▁of▁sentence\uff5c>"])
def test_got_and_janus_texts_have_no_special_tokens(marks: str) -> None:
    for adapter in (build_adapter(formatted=False), build_adapter(formatted=True), ADAPTERS["janus"]):
        assert read(adapter.parse_output(f"Größe{marks}", BLANK_IMAGE)).text == "Größe"
