"""Models' own marks are nobody's text, whichever model wrote them."""

import pytest

from functions.deepseek.grounding import parsed
from functions.deepseek.reader import QUESTIONS
from functions.engine.models.answers import Content, reading
from functions.engine.models.batching import Shared
from functions.engine.models.generation import Generated
from functions.engine.models.marks import unmarked, untagged
from functions.engine.reader import Reading
from functions.gotocr.reader import question
from functions.reading.reading import Block, Cell, Kind
from tests.unit.engine.engine_fakes import WHITE

PART = "<|ref|>text<|/ref|><|det|>[[1, 2, 300, 400]]<|/det|>\n"
TAGS = "Das Element <box> 12 345 steht in <image>, nicht in <box>6</box>"


def read(content: Content, text: str = "") -> Reading:
    written = Generated(text, 0.9, 0.0, 10, cut=False)
    return reading(("model", "1"), ("deu",), WHITE, Shared(written, 0.0, 1.0, 1), content)


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
def test_marks_and_places_are_taken_out_whole_or_in_pieces(written: str, kept: str) -> None:
    assert unmarked(written) == kept


@pytest.mark.parametrize(
    "text", ["a < b und c > d", "[[1, 2]]", "f(3, 4) | x", "<b>fett</b>", "  eingerückt", "|| <|", TAGS]
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert unmarked(text) == text
    assert untagged(text, {"<td>", "<|im_end|>"}) == text, "no tag there is a token of this model"


@pytest.mark.parametrize("mark", ["<|det|>", "<|box_start|>"])
def test_numbers_behind_a_mark_that_nothing_closes_stay(mark: str) -> None:
    assert unmarked(f"Summe{mark} 12 345\n678") == "Summe 12 345\n678"


def test_words_behind_a_label_that_nothing_closes_stay() -> None:
    assert unmarked("<|ref|>Größe\nMaß") == "Größe\nMaß"


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
def test_tags_are_taken_out_that_are_tokens_of_the_model_that_wrote(written: str, tokens: set[str], kept: str) -> None:
    assert untagged(written, tokens) == kept


def test_a_reading_has_none_in_its_text_its_markdown_its_blocks_and_their_cells() -> None:
    cell = Cell(row=0, column=0, text="5<|im_end|>")
    block = Block(kind=Kind.TABLE, text="5<|im_end|>", cells=(cell,))

    said = read(Content("5<|im_end|>", "| 5<|im_end|> |", (block,)))

    assert (said.text, said.markdown) == ("5", "| 5 |")
    assert [(one.text, [cell.text for cell in one.cells]) for one in said.blocks] == [("5", ["5"])]


def test_a_page_of_nothing_but_marks_has_no_text() -> None:
    said = read(Content("<|im_end|><|image|>"))
    assert (said.text, said.confidence) == ("", 1.0), "the page is white"


@pytest.mark.parametrize(
    "written",
    [
        f"{PART}Größe\n\n{PART}Maß",
        f"<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]\nGröße\n\n{PART}Maß",
        f"{PART}Größe<\uff5cend▁of▁sentence\uff5c>\n\n<|/det|>\n\nMaß",
        f"<|grounding|>Größe\n\n{PART}Maß<|det|>[[5, 6",
    ],
)
def test_deepseek_s_text_is_what_stands_on_the_page_and_no_place(written: str) -> None:
    said = read(parsed(written, 999, 999))
    assert said.text == said.markdown == "Größe\n\nMaß"


@pytest.mark.parametrize("marks", ["<|im_end|>", "<\uff5cend▁of▁sentence\uff5c>"])
def test_got_s_and_janus_s_texts_are_what_stands_on_the_page(marks: str) -> None:
    for asked in (question(formatted=False), question(formatted=True), QUESTIONS["janus"]):
        assert read(asked.content(f"Größe{marks}", WHITE)).text == "Größe"
