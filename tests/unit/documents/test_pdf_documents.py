import io

import pytest

from functions.documents.formats import open_document
from functions.documents.model import OpenedDocument
from functions.documents.text_layers import measure_suspect_share, normalize_layer_text
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.documents.document_builders import build_pdf, draw_picture, draw_text

LETTER = "Größe: 5 Maß Öl, Überweisung 12,50 €"


def open_pdf(*contents: bytes, box: str = "0 0 595 842", rotate: int = 0) -> OpenedDocument:
    return open_document(io.BytesIO(build_pdf(contents, box=box, rotate=rotate)), "application/pdf")


def draw_paragraph(text: str) -> bytes:
    """Return a content stream with ten lines of the text."""
    return b"".join(draw_text(text, size=10, at=(40, 700 - 12 * number)) for number in range(10))


def test_text_page_is_trusted_with_exact_umlauts() -> None:
    layer = open_pdf(draw_text(LETTER)).extract_text_layer(1)
    assert (layer.text, layer.is_trusted) == (LETTER, True)


def test_lines_end_in_line_feeds() -> None:
    document = open_pdf(draw_text("erste Zeile") + draw_text("zweite Zeile", at=(72, 600)))
    assert document.extract_text_layer(1).text == "erste Zeile\nzweite Zeile"


def test_each_page_has_its_own_text() -> None:
    document = open_pdf(draw_text("Seite eins"), draw_text("Seite zwei"))
    assert document.page_count == 2
    assert [document.extract_text_layer(page).text for page in (1, 2)] == ["Seite eins", "Seite zwei"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (draw_picture(595, 842), "no text"),
        (draw_picture(595, 842) + draw_text("Eingang 3. Mai, Nr. 12"), "a picture covers"),
        (draw_picture(595, 842) + draw_text(LETTER * 9, mode=3), "invisible"),
        (draw_paragraph(LETTER) + draw_picture(595, 842), "beneath a picture"),
        (draw_picture(100, 100) + draw_text("Seite 3"), "little text"),
        (draw_paragraph("7KLV LV ZKDW D IRQW VDLV WKDW QXPEHUV LWV JOBSKV DV PDQB GR"), "wrong characters"),
        (draw_text("\x01\x01\x01 Text"), "without a meaning"),
    ],
)
def test_uncertain_text_is_not_trusted(content: bytes, why: str) -> None:
    layer = open_pdf(content).extract_text_layer(1)
    assert not layer.is_trusted
    assert why in layer.why


def test_text_above_a_picture_is_trusted() -> None:
    assert open_pdf(draw_picture(595, 842) + draw_paragraph(LETTER)).extract_text_layer(1).is_trusted


def test_text_beside_a_logo_is_trusted() -> None:
    assert open_pdf(draw_picture(150, 80) + draw_text(LETTER)).extract_text_layer(1).is_trusted


def test_empty_page_is_trusted() -> None:
    layer = open_pdf(b"").extract_text_layer(1)
    assert (layer.text, layer.is_trusted) == ("", True)


def test_layer_text_is_normalized() -> None:
    assert normalize_layer_text("U\u0308ber\ufffe\r\nweisung  \rÖl\n") == "Über-\nweisung\nÖl"


def test_private_and_replacement_characters_are_suspect() -> None:
    assert measure_suspect_share("ab\ue000\ufffd") == 0.5
    assert measure_suspect_share(" \n") == 0


def test_page_is_rendered_in_gray_at_300_dpi() -> None:
    raster = open_pdf(draw_text(LETTER)).render_page(1, max_pixels=20_000_000)
    assert (raster.width, raster.height, raster.dpi) == (2480, 3509, 300)
    assert len(raster.pixels) == raster.width * raster.height
    assert raster.pixels[0] == 255
    assert 0 < sum(pixel < 128 for pixel in raster.pixels) < 100_000


def test_rows_have_no_padding() -> None:
    document = open_pdf(b"0 0 0 rg 0 0 5 50 re f", box="0 0 10 50")
    raster = document.render_page(1, max_pixels=20_000_000, dpi=108)
    assert (raster.width, raster.height) == (15, 75)
    assert all(raster.pixels[row * 15] == 0 and raster.pixels[row * 15 + 14] == 255 for row in range(75))


@pytest.mark.parametrize("box", ["0 0 14400 14400", "0 0 1000000 1000000", "0 0 14400 3"])
def test_huge_page_is_rendered_within_pixel_limit(box: str) -> None:
    raster = open_pdf(draw_text(LETTER), box=box).render_page(1, max_pixels=1_000_000)
    assert raster.width * raster.height < 1_010_000


def test_rotated_page_is_upright() -> None:
    document = open_pdf(draw_text(LETTER), rotate=90)
    size, raster = document.get_page_size(1), document.render_page(1, max_pixels=1_000_000)
    assert size.width > size.height
    assert raster.width > raster.height


@pytest.mark.parametrize("page", [0, 2, -1])
def test_missing_page_is_a_damaged_page(page: int) -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_pdf(draw_text(LETTER)).render_page(page, max_pixels=1_000_000)
    assert caught.value.reason == "damaged_page"


@pytest.mark.parametrize("file", [b"", b"%PDF-1.7\n", build_pdf([])])
def test_file_without_pages_is_damaged(file: bytes) -> None:
    with pytest.raises(DocumentProblem) as caught:
        open_document(io.BytesIO(file), "application/pdf")
    assert caught.value.reason == "damaged_pdf"
