"""Reading order of text layers: complete and ordered, or as it is in the PDF."""

import io
import itertools
import random
from dataclasses import replace
from itertools import product

import pytest

from events.page import PageRecognized
from functions.documents.formats import open_document
from functions.documents.model import PageSize, PositionedText, TextLayer
from functions.documents.text_positions import count_characters
from functions.intake.inspection import InspectedPage, InspectionRequest
from functions.intake.sandbox_job import inspect_document
from functions.intake.text_order import order_text
from functions.reading.reading import BlockKind, Reading
from local.samples import make
from tests.fakes import MemoryStorage
from tests.unit.documents.document_builders import build_pdf, draw_text
from tests.unit.intake.intake_fakes import DOCUMENT, add_object, handle, make_dependencies

WORDS = ["Größe", "Maß", "Öl", "Überweisung", "12,50", "€", "Straße", "Ärger", "süß", "-", "1.", "(a)", "im", "§"]
PROSE = (
    "Es war einmal ein Drucker, der",
    "setzte jeden Tag eine Seite und",
    "legte sie am Abend in den Kasten",
    "vor der Tür, damit die Leute am",
    "Morgen lesen konnten, was in der",
    "großen Stadt geschehen war.",
)


def inspect_pdf(file: bytes) -> tuple[InspectedPage, ...]:
    request = InspectionRequest(media_type="application/pdf", first_page=1, count=50, max_pages=100, with_text=True)
    inspection, _ = inspect_document(request.model_dump_json().encode(), io.BytesIO(file))
    return inspection.inspected_pages


def read_lines(*lines: tuple[int, int, str]) -> str:
    """Return the text of a page with lines of 10 points, each given as x, y and text."""
    (page,) = inspect_pdf(build_pdf([b"".join(draw_text(text, size=10, at=(x, y)) for x, y, text in lines)]))
    assert page.text is not None
    return page.text


def test_columns_in_random_order_are_read_one_after_another() -> None:
    lines = [(x, 700 - 12 * number, text) for number, text in enumerate(PROSE) for x in (50, 300)]
    random.Random(1).shuffle(lines)  # noqa: S311  # the same page in every run
    assert read_lines(*lines).replace("\n\n", "\n") == "\n".join(PROSE * 2)


def test_table_written_by_column_is_read_by_row() -> None:
    cells = [["Stück", "Preis", "Summe"], ["3", "1,50", "4,50"], ["2", "7,00", "14,00"], ["1", "0,99", "0,99"]]
    lines = [(50 + 100 * column, 700 - 14 * row, cells[row][column]) for column, row in product(range(3), range(4))]
    assert read_lines(*lines).split("\n") == [" ".join(row) for row in cells]


def test_form_labels_are_beside_their_values() -> None:
    labels = [(50, 700 - 30 * number, f"{label}:") for number, label in enumerate(("Name", "Straße", "Ort"))]
    values = [(150, 700 - 30 * number, text) for number, text in enumerate(("Jörg Groß", "Am Fluß 3", "Köln"))]
    assert read_lines(*labels, *values).split("\n") == ["Name: Jörg Groß", "Straße: Am Fluß 3", "Ort: Köln"]


def build_random_page(seed: int) -> bytes:
    """Return a content stream with words of all sizes and directions; words can overlap or cross the page's edges."""
    dice = random.Random(seed)  # noqa: S311  # the same page in every run
    rotations = ("1 0 0 1", "0 1 -1 0", "-1 0 0 -1", "0.97 0.26 -0.26 0.97", "1 0 0 1", "1 0 0 1")
    parts = []
    for _ in range(dice.randrange(30, 120)):
        text = " ".join(dice.choices(WORDS, k=dice.randrange(1, 6))).encode("cp1252")
        text = text.replace(b"(", b"\\(").replace(b")", b"\\)")
        position = f"{dice.randrange(-20, 600)} {dice.randrange(-20, 850)}"
        operators = f"BT /F1 {dice.randrange(4, 30)} Tf {dice.choice(rotations)} {position} Tm ("
        parts.append(operators.encode() + text + b") Tj ET\n")
    return b"".join(parts)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_reading_order_keeps_every_letter(rotate: int) -> None:
    pages = [build_random_page(seed) for seed in range(15)]
    document = open_document(io.BytesIO(build_pdf(pages, rotate=rotate)), "application/pdf")
    for number in range(1, len(pages) + 1):
        layer, size = document.extract_text_layer(number), document.get_page_size(number)
        assert layer.is_trusted
        ordered = order_text(layer, size, max_words=10_000)
        assert ordered.why == ""
        letters = count_characters(layer.text)
        assert count_characters(ordered.text) == letters
        assert count_characters("".join(line.text for line in ordered.lines)) == letters
        assert count_characters("".join(word.text for line in ordered.lines for word in line.words)) == letters
        assert [index for block in ordered.blocks for index in block.lines] == list(range(len(ordered.lines)))


def test_boxes_are_in_points() -> None:
    document = open_document(io.BytesIO(build_pdf([draw_text("Größe", size=20, at=(100, 700))])), "application/pdf")
    ordered = order_text(document.extract_text_layer(1), document.get_page_size(1), max_words=10)
    (word,) = ordered.lines[0].words
    assert (word.box[0], ordered.lines[0].box, ordered.blocks[0].box) == (100, word.box, word.box)
    assert word.box[1] < 842 - 714 < 842 - 700 <= word.box[3]


LAYER = TextLayer(
    "unten\noben",
    is_trusted=True,
    why="the text is complete and visible",
    lines=((PositionedText("unten", 0, 90, 50, 100),), (PositionedText("oben", 0, 0, 40, 10),)),
)


@pytest.mark.parametrize(
    ("layer", "max_words", "why"),
    [
        (
            replace(LAYER, lines=(), missing_positions_reason="some of the text has no position"),
            10,
            "some of the text has no position",
        ),
        (LAYER, 1, "the page has too much text"),
        (replace(LAYER, text="unten\noben\nmehr"), 10, "some of the text has no position"),
    ],
)
def test_layer_without_usable_positions_keeps_pdf_order(layer: TextLayer, max_words: int, why: str) -> None:
    ordered = order_text(layer, PageSize(100, 100), max_words=max_words)
    assert (ordered.text, ordered.lines, ordered.blocks, ordered.why) == (layer.text, (), (), why)


def test_reason_explains_why_pdf_order_is_kept() -> None:
    text = " ".join(PROSE)
    lines = b"".join(draw_text(text, size=1, at=(20, 20 + 2 * number)) for number in range(400))
    (page,) = inspect_pdf(build_pdf([lines]))
    assert page.why == "the text is complete and visible, in the order of the PDF: the page has too much text"
    assert page.text is not None
    assert page.positions_json is None


def test_pages_after_the_time_limit_keep_pdf_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.intake.sandbox_job.process_time", itertools.count(step=4).__next__)
    pages = inspect_pdf(build_pdf([draw_text(" ".join(PROSE), size=3)] * 4))
    assert [page.positions_json is not None for page in pages] == [True, True, False, False]
    assert pages[3].why.endswith("in the order of the PDF: the page has too much text")


def test_saved_text_layer_has_lines_words_and_blocks() -> None:
    pages = inspect_pdf((make.HERE / "rechnung.pdf").read_bytes())
    dependencies = make_dependencies(replace(DOCUMENT, pages=1, inspected_pages=pages))
    add_object(dependencies)

    _, recognized = handle(dependencies)

    assert isinstance(recognized, PageRecognized)
    assert isinstance(dependencies.storage, MemoryStorage)
    reading = dependencies.readings.load(recognized.dataref, tenant="acme")
    assert isinstance(reading, Reading)
    assert reading.text.split() == make.load_truth("rechnung")[0].split()
    assert [word.text for line in reading.lines for word in line.words] == reading.text.split()
    assert [block.kind for block in reading.blocks[:2]] == [BlockKind.HEADING, BlockKind.TEXT]
    assert all(line.box[2] <= reading.width and line.box[3] <= reading.height for line in reading.lines)
    assert (reading.width, reading.height, reading.dpi, reading.engine_version) == (595, 842, 72, "2")
