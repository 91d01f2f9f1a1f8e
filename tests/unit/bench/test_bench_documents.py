"""Tests of the benchmark's documents: each has new bytes and the same pages."""

from io import BytesIO

import pypdfium2
import pytest

from functions.documents.formats import open_document
from functions.documents.media_types import detect_media_type
from tests.bench import documents
from tests.bench.engine import decode_first_page


@pytest.mark.parametrize("name", documents.SCANS)
def test_unique_scan_has_other_bytes_and_same_pixels(name: str) -> None:
    content = documents.load_sample(name)
    first, second = documents.make_unique(content), documents.make_unique(content)

    assert len({content, first, second}) == 3
    assert decode_first_page(content) == decode_first_page(first) == decode_first_page(second)


def test_unique_pdf_has_same_text_layer() -> None:
    first, second = documents.create_text_pdf(), documents.create_text_pdf()

    assert first != second
    assert open_document(BytesIO(first), "application/pdf").extract_text_layer(1).is_trusted
    assert open_document(BytesIO(first), "application/pdf").extract_text_layer(1) == open_document(
        BytesIO(second), "application/pdf"
    ).extract_text_layer(1)


def test_small_scan_has_few_pixels() -> None:
    page = decode_first_page(documents.create_small_scan())

    assert documents.create_small_scan() != documents.create_small_scan()
    assert page.width * page.height < 100_000


def test_scans_take_turns_with_unique_names() -> None:
    scans = documents.create_scans(4)

    assert len({name for name, _ in scans}) == 4
    assert [detect_media_type(content) for _, content in scans] == ["image/png", "image/jpeg", "image/png", "image/png"]


def test_book_has_different_image_pages() -> None:
    with pypdfium2.PdfDocument(documents.create_book(3)) as book:
        pages = [page.render(scale=0.5).to_pil().tobytes() for page in book]
        texts = [page.get_textpage().get_text_bounded() for page in book]

    assert len(set(pages)) == 3
    assert texts == ["", "", ""]
