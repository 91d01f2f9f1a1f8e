"""What the bench has read: new bytes each time, and the same pages."""

from io import BytesIO

import pypdfium2
import pytest

from functions.documents.opening import open_document
from functions.documents.sniff import media_type
from tests.bench import documents
from tests.bench.engine import raster


@pytest.mark.parametrize("name", documents.SCANS)
def test_a_varied_scan_has_other_bytes_and_the_same_pixels(name: str) -> None:
    content = documents.sample(name)
    one, other = documents.varied(content), documents.varied(content)

    assert len({content, one, other}) == 3
    assert raster(content) == raster(one) == raster(other)


def test_a_varied_letter_brings_the_same_text() -> None:
    one, other = documents.letter(), documents.letter()

    assert one != other
    assert open_document(BytesIO(one), "application/pdf").text(1).trusted
    assert open_document(BytesIO(one), "application/pdf").text(1) == open_document(
        BytesIO(other), "application/pdf"
    ).text(1)


def test_a_slip_is_a_small_scan() -> None:
    page = raster(documents.slip())

    assert documents.slip() != documents.slip()
    assert page.width * page.height < 100_000


def test_scans_come_in_turn_under_names_of_their_own() -> None:
    made = documents.scans(4)

    assert len({name for name, _ in made}) == 4
    assert [media_type(content) for _, content in made] == ["image/png", "image/jpeg", "image/png", "image/png"]


def test_a_book_has_pages_of_pictures_that_differ() -> None:
    with pypdfium2.PdfDocument(documents.book(3)) as book:
        pages = [page.render(scale=0.5).to_pil().tobytes() for page in book]
        texts = [page.get_textpage().get_text_bounded() for page in book]

    assert len(set(pages)) == 3
    assert texts == ["", "", ""]
