import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.documents.formats import open_document
from functions.engine.reader import Raster
from functions.tesseract.reader import Tesseract
from functions.tesseract.settings import TesseractSettings
from tests.unit.documents.document_builders import build_pdf, draw_text

LETTER = "Größe: 5 Maß Öl, Überweisung 12,50 €"


@pytest.fixture(scope="module")
def tesseract() -> Tesseract:
    return Tesseract(TesseractSettings(kafka_bootstrap_servers="nowhere:9092"))


def page(*contents: bytes) -> Raster:
    document = open_document(io.BytesIO(build_pdf([b"".join(contents)])), "application/pdf")
    return document.render_page(1, max_pixels=20_000_000)


def test_german_is_read_exactly(tesseract: Tesseract) -> None:
    reading = tesseract.read(page(draw_text(LETTER)), ("deu",))
    assert reading.text == LETTER
    assert 0.9 < reading.confidence <= 1


def test_words_are_inside_lines_and_lines_inside_the_page(tesseract: Tesseract) -> None:
    image = page(draw_text(LETTER), draw_text("zweite Zeile", at=(72, 400)))
    reading = tesseract.read(image, ("deu",))
    assert [found.text for found in reading.lines] == [LETTER, "zweite Zeile"]
    assert [word.text for word in reading.lines[1].words] == ["zweite", "Zeile"]
    for found in reading.lines:
        left, top, right, bottom = found.box
        assert 0 <= left < right <= image.width
        assert 0 <= top < bottom <= image.height
        for word in found.words:
            assert left <= word.box[0] < word.box[2] <= right
            assert top <= word.box[1] < word.box[3] <= bottom
            assert word.confidence is not None
            assert 0 <= word.confidence <= 1


def test_table_is_read_by_rows_with_its_cells(tesseract: Tesseract) -> None:
    rows = [("Papier", "12,50"), ("Tinte", "3,00"), ("Siegel", "9,99")]
    cells = [
        draw_text(text, at=(x, 700 - 60 * n))
        for n, row in enumerate(rows)
        for x, text in zip((72, 400), row, strict=True)
    ]
    reading = tesseract.read(page(*cells), ("deu",))
    assert reading.text == "Papier 12,50\nTinte 3,00\nSiegel 9,99"
    (table,) = reading.blocks
    assert [(cell.row, cell.column, cell.text) for cell in table.cells] == [
        (n, column, text) for n, row in enumerate(rows) for column, text in enumerate(row)
    ]


def test_blank_page_is_empty_with_full_confidence(tesseract: Tesseract) -> None:
    reading = tesseract.read(page(b""), ("deu",))
    assert (reading.text, reading.lines, reading.confidence) == ("", (), 1.0)


def test_ink_without_text_has_no_confidence(tesseract: Tesseract) -> None:
    reading = tesseract.read(page(b"0 g 50 50 490 740 re f"), ("deu",))
    assert (reading.text, reading.confidence) == ("", 0.0)


def test_threads_read_concurrently_in_different_languages(tesseract: Tesseract) -> None:
    image = page(draw_text("Hamburg 2025"))
    languages = [("deu",), ("eng",), ("deu", "eng")] * 2
    with ThreadPoolExecutor(3) as threads:
        readings = list(threads.map(lambda codes: tesseract.read(image, codes), languages))
    assert {reading.text for reading in readings} == {"Hamburg 2025"}
    assert [reading.languages for reading in readings] == languages


def test_version_and_languages_are_known_before_reading(tesseract: Tesseract) -> None:
    assert {"deu", "eng"} <= tesseract.languages
    assert "osd" not in tesseract.languages
    assert tesseract.version.startswith("5.")


def test_tesseract_uses_one_thread_per_page() -> None:
    assert os.environ["OMP_THREAD_LIMIT"] == "1"
