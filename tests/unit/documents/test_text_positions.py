"""Positions of words in PDFs."""

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from functions.documents import glyphs, unchecked_pdfium
from functions.documents.formats import open_document
from functions.documents.model import OpenedDocument, PositionedText
from functions.documents.text_positions import POSITIONS_INCOMPLETE
from tests.unit.documents.document_builders import build_pdf, draw_text

LETTER = "Größe: 5 Maß Öl, Überweisung 12,50 €"
#: A page whose visible area does not begin at the origin.
CROPPED = "100 60 695 902"


def open_pdf(*contents: bytes, box: str = "0 0 595 842", rotate: int = 0) -> OpenedDocument:
    return open_document(io.BytesIO(build_pdf(contents, box=box, rotate=rotate)), "application/pdf")


def read_lines(document: OpenedDocument) -> list[list[str]]:
    return [[word.text for word in words] for words in document.extract_text_layer(1).lines]


def draw_transformed_text(text: str, matrix: str) -> bytes:
    """Return a content stream with a line of text and its text matrix."""
    return b"BT /F1 12 Tf " + matrix.encode() + b" Tm (" + text.encode("cp1252") + b") Tj ET\n"


def find_ink_box(document: OpenedDocument) -> tuple[int, int, int, int]:
    """Return the box around the dark pixels of the page, in points."""
    page = document.render_page(1, max_pixels=1_000_000, dpi=72)
    dark = [divmod(index, page.width) for index, level in enumerate(page.pixels) if level < 128]
    return (
        min(x for _, x in dark),
        min(y for y, _ in dark),
        max(x for _, x in dark) + 1,
        max(y for y, _ in dark) + 1,
    )


def enclose_words(words: tuple[PositionedText, ...]) -> tuple[float, float, float, float]:
    return (
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
    )


@pytest.mark.parametrize("box", ["0 0 595 842", CROPPED])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_words_are_at_their_ink_on_cropped_rotated_page(box: str, rotate: int) -> None:
    document = open_pdf(draw_text(LETTER, at=(150, 700)), box=box, rotate=rotate)
    (words,) = document.extract_text_layer(1).lines
    edges = zip(enclose_words(words), find_ink_box(document), strict=True)
    assert all(abs(edge - ink_edge) <= 8 for edge, ink_edge in edges)
    assert [word.text for word in words] == LETTER.split()


def test_words_of_a_line_do_not_overlap() -> None:
    (words,) = open_pdf(draw_text("links mitte rechts", size=10)).extract_text_layer(1).lines
    assert all(a.right < b.left for a, b in pairwise(words))


def test_text_outside_the_page_is_ignored() -> None:
    document = open_pdf(draw_text("innen", at=(150, 700)) + draw_text("aussen", at=(150, 20)), box=CROPPED)
    assert (document.extract_text_layer(1).text, read_lines(document)) == ("innen", [["innen"]])


def test_distant_words_are_in_different_lines() -> None:
    page = draw_text("oben links", size=10, at=(40, 700)) + draw_text("oben rechts", size=10, at=(300, 700))
    assert read_lines(open_pdf(page + draw_text("unten", size=10, at=(40, 600)))) == [
        ["oben", "links"],
        ["oben", "rechts"],
        ["unten"],
    ]


@pytest.mark.parametrize("matrix", ["0 1 -1 0 300 300", "0 -1 1 0 300 700", "-1 0 0 -1 400 400"])
def test_rotated_text_has_its_words(matrix: str) -> None:
    document = open_pdf(draw_transformed_text("Am Rand geschrieben", matrix))
    assert read_lines(document) == [["Am", "Rand", "geschrieben"]]


def test_separately_written_letters_form_one_word() -> None:
    # Some programs write letters in another order; here, the g is last. In Helvetica at 10 points, "Ehe" is 6.67 + 5.56
    # + 5.56 points wide.
    page = draw_text("Ehe", size=10, at=(100, 700)) + draw_text("atte", size=10, at=(123, 700))
    assert read_lines(open_pdf(page + draw_text("g", size=10, at=(117, 700)))) == [["Ehegatte"]]


def test_separately_written_words_form_one_line() -> None:
    words = {100: "Sehr", 125: "geehrte", 165: "Damen"}
    page = b"".join(draw_text(words[left], size=10, at=(left, 700)) for left in (165, 100, 125))
    assert read_lines(open_pdf(page)) == [["Sehr", "geehrte", "Damen"]]


def test_lines_of_two_columns_stay_separate() -> None:
    left, right = (draw_text("Im Anfang war das Wort", size=10, at=(x, 700)) for x in (40, 170))
    assert len(read_lines(open_pdf(left + right))) == 2


def test_page_with_too_much_text_has_no_positions() -> None:
    text = " ".join((Path(__file__).parent / "human_rights.txt").read_text("utf-8").split())[:400]
    lines = b"".join(draw_text(text, size=2, at=(20, 20 + 5 * number)) for number in range(150))
    layer = open_pdf(lines).extract_text_layer(1)
    assert (layer.is_trusted, layer.lines) == (True, ())
    assert layer.missing_positions_reason == "the page has too much text"


def test_untrusted_text_has_no_positions() -> None:
    assert open_pdf(draw_text(LETTER * 9, mode=3)).extract_text_layer(1).lines == ()


def test_figures_below_each_other_are_separate() -> None:
    column = b"".join(draw_text(str(figure), size=10, at=(50, 700 - 12 * figure)) for figure in (3, 2, 1))
    assert sorted(read_lines(open_pdf(column))) == [["1"], ["2"], ["3"]]


@pytest.mark.parametrize("broken", ["get_loose_char_box", "get_char_box"])
def test_missing_character_position_removes_all_positions(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("get_loose_char_box", "get_char_box"):
        function = getattr(unchecked_pdfium, name)
        monkeypatch.setattr(unchecked_pdfium, name, fail_after(3 if name == broken else 10_000, function))
    # get_char_box is only called for characters with an invalid loose box.
    monkeypatch.setattr(glyphs, "_is_valid", lambda _: broken == "get_loose_char_box")

    layer = open_pdf(draw_text(LETTER, at=(150, 700))).extract_text_layer(1)

    assert (layer.text, layer.lines, layer.missing_positions_reason) == (LETTER, (), POSITIONS_INCOMPLETE)


def fail_after(calls: int, function: Callable[..., int]) -> Callable[..., int]:
    """Return the function of pdfium, but it fails after some calls: it returns 0 and does not write to its buffer."""
    successes = iter(range(calls))
    return lambda *arguments: 0 if next(successes, None) is None else function(*arguments)
