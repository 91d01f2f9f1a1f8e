"""What becomes of a text layer: in reading order, with nothing lost, or as the PDF has it."""

import io
import itertools
import random
from dataclasses import replace
from itertools import product

import pytest

from events.page import PageRecognized
from functions.documents.model import Placed, Size, TextLayer
from functions.documents.opening import open_document
from functions.documents.placing import letters
from functions.intake.handler import handle
from functions.intake.inspection import Inspect, PageSeen
from functions.intake.looking import inspect
from functions.intake.ordering import ordered
from functions.reading.reading import Kind, Reading
from local.samples import make
from tests.fakes import MemoryStorage
from tests.unit.documents.handmade import line, pdf
from tests.unit.intake.intake_desk import SCAN, UPLOAD, desk, store

WORDS = ["Größe", "Maß", "Öl", "Überweisung", "12,50", "€", "Straße", "Ärger", "süß", "-", "1.", "(a)", "im", "§"]
PROSE = (
    "Es war einmal ein Drucker, der",
    "setzte jeden Tag eine Seite und",
    "legte sie am Abend in den Kasten",
    "vor der Tür, damit die Leute am",
    "Morgen lesen konnten, was in der",
    "großen Stadt geschehen war.",
)


def seen(*contents: bytes, rotate: int = 0) -> tuple[PageSeen, ...]:
    wanted = Inspect(media_type="application/pdf", first_page=1, count=50, max_pages=100, text=True)
    found, _ = inspect(wanted.model_dump_json().encode(), io.BytesIO(pdf(contents, rotate=rotate)))
    return found.seen


def text(*lines: tuple[int, int, str]) -> str:
    """What is read of lines of 10 points at these places."""
    (page,) = seen(b"".join(line(said, size=10, at=(x, y)) for x, y, said in lines))
    assert page.text is not None
    return page.text


def test_two_columns_are_read_one_after_the_other_however_they_were_written() -> None:
    rows = [(x, 700 - 12 * number, said) for number, said in enumerate(PROSE) for x in (50, 300)]
    random.Random(1).shuffle(rows)  # noqa: S311  # the same page every time
    assert text(*rows).replace("\n\n", "\n") == "\n".join(PROSE * 2)


def test_tables_are_read_row_by_row_though_they_were_written_column_by_column() -> None:
    cells = [["Stück", "Preis", "Summe"], ["3", "1,50", "4,50"], ["2", "7,00", "14,00"], ["1", "0,99", "0,99"]]
    places = [(50 + 100 * column, 700 - 14 * row, cells[row][column]) for column, row in product(range(3), range(4))]
    assert text(*places).split("\n") == [" ".join(row) for row in cells]


def test_labels_of_a_form_stand_beside_what_was_filled_in() -> None:
    labels = [(50, 700 - 30 * number, f"{label}:") for number, label in enumerate(("Name", "Straße", "Ort"))]
    filled = [(150, 700 - 30 * number, said) for number, said in enumerate(("Jörg Groß", "Am Fluß 3", "Köln"))]
    assert text(*labels, *filled).split("\n") == ["Name: Jörg Groß", "Straße: Am Fluß 3", "Ort: Köln"]


def page_of(seed: int) -> bytes:
    """Words of all sizes anywhere, some over others, standing, upside down, or beyond the page's edges."""
    dice = random.Random(seed)  # noqa: S311  # the same page every time
    turns = ("1 0 0 1", "0 1 -1 0", "-1 0 0 -1", "0.97 0.26 -0.26 0.97", "1 0 0 1", "1 0 0 1")
    parts = []
    for _ in range(dice.randrange(30, 120)):
        said = " ".join(dice.choices(WORDS, k=dice.randrange(1, 6))).encode("cp1252")
        said = said.replace(b"(", b"\\(").replace(b")", b"\\)")
        place = f"{dice.randrange(-20, 600)} {dice.randrange(-20, 850)}"
        begun = f"BT /F1 {dice.randrange(4, 30)} Tf {dice.choice(turns)} {place} Tm ("
        parts.append(begun.encode() + said + b") Tj ET\n")
    return b"".join(parts)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_no_letter_is_lost_and_none_is_invented(rotate: int) -> None:
    pages = [page_of(seed) for seed in range(15)]
    document = open_document(io.BytesIO(pdf(pages, rotate=rotate)), "application/pdf")
    for number in range(1, len(pages) + 1):
        layer, size = document.text(number), document.size(number)
        assert layer.trusted
        found = ordered(layer, size, most_words=10_000)
        assert found.why == ""
        written = letters(layer.text)
        assert letters(found.text) == written
        assert letters("".join(part.text for part in found.lines)) == written
        assert letters("".join(word.text for part in found.lines for word in part.words)) == written
        assert [index for block in found.blocks for index in block.lines] == list(range(len(found.lines)))


def test_places_are_points_of_the_page() -> None:
    document = open_document(io.BytesIO(pdf([line("Größe", size=20, at=(100, 700))])), "application/pdf")
    found = ordered(document.text(1), document.size(1), most_words=10)
    (word,) = found.lines[0].words
    assert (word.box[0], found.lines[0].box, found.blocks[0].box) == (100, word.box, word.box)
    assert word.box[1] < 842 - 714 < 842 - 700 <= word.box[3]


WRITTEN = TextLayer(
    "unten\noben",
    trusted=True,
    why="the text is complete and visible",
    lines=((Placed("unten", 0, 90, 50, 100),), (Placed("oben", 0, 0, 40, 10),)),
)


@pytest.mark.parametrize(
    ("layer", "most_words", "why"),
    [
        (replace(WRITTEN, lines=(), unplaced="not all of it has a place"), 10, "not all of it has a place"),
        (WRITTEN, 1, "there is too much of it"),
        (replace(WRITTEN, text="unten\noben\nmehr"), 10, "not all of it has a place"),
    ],
)
def test_what_cannot_be_put_in_order_stays_in_the_pdf_s(layer: TextLayer, most_words: int, why: str) -> None:
    found = ordered(layer, Size(100, 100), most_words=most_words)
    assert (found.text, found.lines, found.blocks, found.why) == (layer.text, (), (), why)


def test_the_reason_tells_which_order_a_page_has() -> None:
    rights = " ".join(PROSE)
    (page,) = seen(b"".join(line(rights, size=1, at=(20, 20 + 2 * number)) for number in range(400)))
    assert page.why == "the text is complete and visible, in the order of the PDF: there is too much of it"
    assert page.text is not None
    assert page.places is None


def test_many_pages_are_put_in_order_as_far_as_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.intake.looking.process_time", itertools.count(step=4).__next__)
    pages = seen(*[line(" ".join(PROSE), size=3)] * 4)
    assert [page.places is not None for page in pages] == [True, True, False, False]
    assert pages[3].why.endswith("in the order of the PDF: there is too much of it")


def test_what_is_kept_of_a_text_layer_has_lines_words_and_blocks() -> None:
    invoice = inspect(
        Inspect(media_type="application/pdf", first_page=1, count=1, max_pages=1, text=True).model_dump_json().encode(),
        io.BytesIO((make.HERE / "rechnung.pdf").read_bytes()),
    )[0]
    at = desk(replace(SCAN, pages=1, seen=invoice.seen))
    store(at)

    _, recognized = handle((UPLOAD,), announced=None, desk=at)

    assert isinstance(recognized, PageRecognized)
    assert isinstance(at.storage, MemoryStorage)
    reading = at.readings.at(recognized.dataref, tenant="acme")
    assert isinstance(reading, Reading)
    assert reading.text.split() == make.truth("rechnung")[0].split()
    assert [word.text for part in reading.lines for word in part.words] == reading.text.split()
    assert [block.kind for block in reading.blocks[:2]] == [Kind.HEADING, Kind.TEXT]
    assert all(part.box[2] <= reading.width and part.box[3] <= reading.height for part in reading.lines)
    assert (reading.width, reading.height, reading.dpi, reading.engine_version) == (595, 842, 72, "2")
