import io

import pytest

from functions.documents.model import Document
from functions.documents.opening import open_document
from functions.documents.trust import clean, suspects
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.documents.handmade import line, pdf, picture

LETTER = "Größe: 5 Maß Öl, Überweisung 12,50 €"


def opened(*contents: bytes, box: str = "0 0 595 842", rotate: int = 0) -> Document:
    return open_document(io.BytesIO(pdf(contents, box=box, rotate=rotate)), "application/pdf")


def paragraph(text: str) -> bytes:
    """Ten lines of it."""
    return b"".join(line(text, size=10, at=(40, 700 - 12 * number)) for number in range(10))


def test_a_page_of_text_is_trusted_and_its_umlauts_are_exact() -> None:
    layer = opened(line(LETTER)).text(1)
    assert (layer.text, layer.trusted) == (LETTER, True)


def test_lines_end_in_line_feeds() -> None:
    assert opened(line("erste Zeile") + line("zweite Zeile", at=(72, 600))).text(1).text == "erste Zeile\nzweite Zeile"


def test_every_page_has_its_own_text() -> None:
    document = opened(line("Seite eins"), line("Seite zwei"))
    assert document.page_count == 2
    assert [document.text(page).text for page in (1, 2)] == ["Seite eins", "Seite zwei"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (picture(595, 842), "no text"),
        (picture(595, 842) + line("Eingang 3. Mai, Nr. 12"), "a picture covers"),
        (picture(595, 842) + line(LETTER * 9, mode=3), "invisible"),
        (paragraph(LETTER) + picture(595, 842), "beneath a picture"),
        (picture(100, 100) + line("Seite 3"), "little text"),
        (paragraph("7KLV LV ZKDW D IRQW VDLV WKDW QXPEHUV LWV JOBSKV DV PDQB GR"), "the font lies"),
        (line("\x01\x01\x01 Text"), "without a meaning"),
    ],
)
def test_text_that_may_not_be_what_the_page_shows_is_not_trusted(content: bytes, why: str) -> None:
    layer = opened(content).text(1)
    assert not layer.trusted
    assert why in layer.why


def test_a_picture_behind_the_text_of_a_page_hides_nothing() -> None:
    assert opened(picture(595, 842) + paragraph(LETTER)).text(1).trusted


def test_a_logo_beside_a_letter_does_not_make_it_a_scan() -> None:
    assert opened(picture(150, 80) + line(LETTER)).text(1).trusted


def test_an_empty_page_needs_no_engine() -> None:
    layer = opened(b"").text(1)
    assert (layer.text, layer.trusted) == ("", True)


def test_composed_characters_and_line_hyphens_become_plain_text() -> None:
    assert clean("U\u0308ber\ufffe\r\nweisung  \rÖl\n") == "Über-\nweisung\nÖl"


def test_private_and_replacement_characters_are_suspect() -> None:
    assert suspects("ab\ue000\ufffd") == 0.5
    assert suspects(" \n") == 0


def test_a_page_is_rendered_at_300_dpi_in_gray() -> None:
    raster = opened(line(LETTER)).render(1, max_pixels=20_000_000)
    assert (raster.width, raster.height, raster.dpi) == (2480, 3509, 300)
    assert len(raster.pixels) == raster.width * raster.height
    assert raster.pixels[0] == 255
    assert 0 < sum(pixel < 128 for pixel in raster.pixels) < 100_000


def test_rows_come_without_padding() -> None:
    document = opened(b"0 0 0 rg 0 0 5 50 re f", box="0 0 10 50")
    raster = document.render(1, max_pixels=20_000_000, dpi=108)
    assert (raster.width, raster.height) == (15, 75)
    assert all(raster.pixels[row * 15] == 0 and raster.pixels[row * 15 + 14] == 255 for row in range(75))


@pytest.mark.parametrize("box", ["0 0 14400 14400", "0 0 1000000 1000000", "0 0 14400 3"])
def test_a_gigantic_page_is_rendered_small(box: str) -> None:
    raster = opened(line(LETTER), box=box).render(1, max_pixels=1_000_000)
    assert raster.width * raster.height < 1_010_000


def test_a_turned_page_is_upright() -> None:
    document = opened(line(LETTER), rotate=90)
    size, raster = document.size(1), document.render(1, max_pixels=1_000_000)
    assert size.width > size.height
    assert raster.width > raster.height


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_page_that_is_not_there_is_a_damaged_one(page: int) -> None:
    with pytest.raises(DocumentProblem) as caught:
        opened(line(LETTER)).render(page, max_pixels=1_000_000)
    assert caught.value.reason == "damaged_page"


@pytest.mark.parametrize("file", [b"", b"%PDF-1.7\n", pdf([])])
def test_what_is_no_pdf_with_pages_is_damaged(file: bytes) -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(io.BytesIO(file), "application/pdf")
    assert caught.value.reason == "damaged_pdf"
