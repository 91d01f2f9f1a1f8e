"""Where a PDF's words stand."""

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from functions.documents import glyphs, unchecked
from functions.documents.model import Document, Placed
from functions.documents.opening import open_document
from functions.documents.placing import NOT_ALL
from tests.unit.documents.handmade import line, pdf

LETTER = "Größe: 5 Maß Öl, Überweisung 12,50 €"
#: What is shown need not begin at the plane's corner.
CROPPED = "100 60 695 902"


def opened(*contents: bytes, box: str = "0 0 595 842", rotate: int = 0) -> Document:
    return open_document(io.BytesIO(pdf(contents, box=box, rotate=rotate)), "application/pdf")


def texts(document: Document) -> list[list[str]]:
    return [[word.text for word in words] for words in document.text(1).lines]


def turned(text: str, matrix: str) -> bytes:
    """A line of text with its own matrix."""
    return b"BT /F1 12 Tf " + matrix.encode() + b" Tm (" + text.encode("cp1252") + b") Tj ET\n"


def ink(document: Document) -> tuple[int, int, int, int]:
    """Around what is dark on the page, in points."""
    page = document.render(1, max_pixels=1_000_000, dpi=72)
    dark = [divmod(at, page.width) for at, level in enumerate(page.pixels) if level < 128]
    return (
        min(x for _, x in dark),
        min(y for y, _ in dark),
        max(x for _, x in dark) + 1,
        max(y for y, _ in dark) + 1,
    )


def around(words: tuple[Placed, ...]) -> tuple[float, float, float, float]:
    return (
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
    )


@pytest.mark.parametrize("box", ["0 0 595 842", CROPPED])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_words_stand_where_their_ink_is_however_the_page_is_cropped_and_turned(box: str, rotate: int) -> None:
    document = opened(line(LETTER, at=(150, 700)), box=box, rotate=rotate)
    (words,) = document.text(1).lines
    assert all(abs(place - drawn) <= 8 for place, drawn in zip(around(words), ink(document), strict=True))
    assert [word.text for word in words] == LETTER.split()


def test_every_word_of_a_line_has_a_place_of_its_own() -> None:
    (words,) = opened(line("links mitte rechts", size=10)).text(1).lines
    assert all(a.right < b.left for a, b in pairwise(words))


def test_what_stands_outside_the_page_has_no_place_and_no_text() -> None:
    document = opened(line("innen", at=(150, 700)) + line("aussen", at=(150, 20)), box=CROPPED)
    assert (document.text(1).text, texts(document)) == ("innen", [["innen"]])


def test_a_line_ends_where_the_next_words_stand_elsewhere() -> None:
    page = line("oben links", size=10, at=(40, 700)) + line("oben rechts", size=10, at=(300, 700))
    assert texts(opened(page + line("unten", size=10, at=(40, 600)))) == [
        ["oben", "links"],
        ["oben", "rechts"],
        ["unten"],
    ]


@pytest.mark.parametrize("matrix", ["0 1 -1 0 300 300", "0 -1 1 0 300 700", "-1 0 0 -1 400 400"])
def test_writing_that_stands_or_is_upside_down_keeps_its_words(matrix: str) -> None:
    assert texts(opened(turned("Am Rand geschrieben", matrix))) == [["Am", "Rand", "geschrieben"]]


def test_letters_that_were_written_apart_are_one_word_again() -> None:
    # As some programs do, the g comes after all else. In Helvetica, "Ehe" is 6.67 + 5.56 + 5.56 points wide at 10.
    page = line("Ehe", size=10, at=(100, 700)) + line("atte", size=10, at=(123, 700))
    assert texts(opened(page + line("g", size=10, at=(117, 700)))) == [["Ehegatte"]]


def test_words_that_were_written_one_by_one_are_a_line() -> None:
    words = {100: "Sehr", 125: "geehrte", 165: "Damen"}
    page = b"".join(line(words[left], size=10, at=(left, 700)) for left in (165, 100, 125))
    assert texts(opened(page)) == [["Sehr", "geehrte", "Damen"]]


def test_lines_of_two_columns_stay_apart() -> None:
    left, right = (line("Im Anfang war das Wort", size=10, at=(x, 700)) for x in (40, 170))
    assert len(texts(opened(left + right))) == 2


def test_text_that_is_too_much_has_no_places() -> None:
    rights = " ".join((Path(__file__).parent / "human_rights.txt").read_text("utf-8").split())[:400]
    layer = opened(b"".join(line(rights, size=2, at=(20, 20 + 5 * number)) for number in range(150))).text(1)
    assert (layer.trusted, layer.lines, layer.unplaced) == (True, (), "there is too much of it")


def test_what_is_not_trusted_has_no_places() -> None:
    assert opened(line(LETTER * 9, mode=3)).text(1).lines == ()


def test_figures_below_each_other_are_no_number() -> None:
    column = b"".join(line(str(figure), size=10, at=(50, 700 - 12 * figure)) for figure in (3, 2, 1))
    assert sorted(texts(opened(column))) == [["1"], ["2"], ["3"]]


@pytest.mark.parametrize("broken", ["get_loose_char_box", "get_char_box"])
def test_a_page_of_which_a_character_has_no_place_keeps_its_own_order(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked in ("get_loose_char_box", "get_char_box"):
        monkeypatch.setattr(unchecked, asked, silent_after(3 if asked == broken else 10_000, getattr(unchecked, asked)))
    # Where the loose box is empty, pdfium is asked for the tight one.
    monkeypatch.setattr(glyphs, "_sound", lambda _: broken == "get_loose_char_box")

    found = opened(line(LETTER, at=(150, 700))).text(1)

    assert (found.text, found.lines, found.unplaced) == (LETTER, (), NOT_ALL)


def silent_after(answers: int, ask: Callable[..., int]) -> Callable[..., int]:
    """pdfium, which after so many answers has none: it says 0, and leaves what it was to fill in as it is."""
    left = iter(range(answers))
    return lambda *asked: 0 if next(left, None) is None else ask(*asked)
