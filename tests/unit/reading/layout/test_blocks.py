"""What belongs together, and what it is."""

import pytest

from functions.reading.reading import Kind
from tests.unit.reading.layout.typewriter import HEIGHT, column, prose, read, typed


def test_an_empty_line_stands_between_paragraphs() -> None:
    arranged = read(column(prose("A", 3), 100, 300) + column(prose("B", 3), 100, 440))
    assert arranged.text == "\n".join(prose("A", 3)) + "\n\n" + "\n".join(prose("B", 3))
    assert [block.kind for block in arranged.blocks] == [Kind.TEXT, Kind.TEXT]


def test_lines_far_apart_are_one_paragraph_when_all_lines_are() -> None:
    assert len(read(column(prose("A", 12), 100, 300, 50)).blocks) == 1


def test_large_letters_are_a_heading() -> None:
    arranged = read([typed("Der Bericht", 100, 250, 2), *column(prose("A", 5), 100, 300)])
    assert [block.kind for block in arranged.blocks] == [Kind.HEADING, Kind.TEXT]


def test_items_are_a_list_and_the_sentence_before_them_is_text() -> None:
    items = ["Bitte bringen Sie mit:", "- den Ausweis", "- zwei Passbilder", "  und den Antrag", "- Geduld"]
    assert [(b.kind, len(b.lines)) for b in read(column(items, 100, 300)).blocks] == [(Kind.TEXT, 1), (Kind.LIST, 4)]


def test_a_date_at_the_start_of_a_line_makes_no_list() -> None:
    lines = ["Wir haben Ihre Nachricht vom", "12. Januar erhalten und danken", "Ihnen für das Vertrauen"]
    assert [block.kind for block in read(column(lines, 100, 300)).blocks] == [Kind.TEXT]


def test_what_stands_alone_at_the_edges_of_a_page_is_its_header_and_its_footer() -> None:
    page = [typed("Der Bote", 100, 40), *column(prose("A", 9), 100, 300), typed("Seite 3", 560, HEIGHT - 60)]
    assert [block.kind for block in read(page).blocks] == [Kind.HEADER, Kind.TEXT, Kind.FOOTER]


def test_blocks_know_their_lines_their_place_and_how_sure_the_engine_was() -> None:
    first, second = read(column(prose("A", 3), 100, 300) + column(prose("B", 2), 100, 440)).blocks
    assert (first.lines, second.lines) == ((0, 1, 2), (3, 4))
    assert first.box is not None
    assert first.box[:2] == (100, 300)
    assert first.confidence == pytest.approx(0.9)
