"""Blocks: the lines that belong to them, and their kinds."""

import pytest

from functions.reading.reading import BlockKind
from tests.unit.reading.layout.page_builders import HEIGHT, analyze_page, make_prose, type_column, type_line


def test_empty_line_separates_paragraphs() -> None:
    layout = analyze_page(type_column(make_prose("A", 3), 100, 300) + type_column(make_prose("B", 3), 100, 440))
    assert layout.text == "\n".join(make_prose("A", 3)) + "\n\n" + "\n".join(make_prose("B", 3))
    assert [block.kind for block in layout.blocks] == [BlockKind.TEXT, BlockKind.TEXT]


def test_regular_wide_spacing_is_one_paragraph() -> None:
    assert len(analyze_page(type_column(make_prose("A", 12), 100, 300, 50)).blocks) == 1


def test_large_letters_are_heading() -> None:
    layout = analyze_page([type_line("Der Bericht", 100, 250, 2), *type_column(make_prose("A", 5), 100, 300)])
    assert [block.kind for block in layout.blocks] == [BlockKind.HEADING, BlockKind.TEXT]


def test_list_is_separate_from_sentence_before_it() -> None:
    items = ["Bitte bringen Sie mit:", "- den Ausweis", "- zwei Passbilder", "  und den Antrag", "- Geduld"]
    assert [(b.kind, len(b.lines)) for b in analyze_page(type_column(items, 100, 300)).blocks] == [
        (BlockKind.TEXT, 1),
        (BlockKind.LIST, 4),
    ]


def test_date_at_line_start_is_no_list() -> None:
    lines = ["Wir haben Ihre Nachricht vom", "12. Januar erhalten und danken", "Ihnen für das Vertrauen"]
    assert [block.kind for block in analyze_page(type_column(lines, 100, 300)).blocks] == [BlockKind.TEXT]


def test_isolated_lines_at_page_edges_are_header_and_footer() -> None:
    page = [
        type_line("Der Bote", 100, 40),
        *type_column(make_prose("A", 9), 100, 300),
        type_line("Seite 3", 560, HEIGHT - 60),
    ]
    assert [block.kind for block in analyze_page(page).blocks] == [BlockKind.HEADER, BlockKind.TEXT, BlockKind.FOOTER]


def test_block_has_lines_box_and_confidence() -> None:
    first, second = analyze_page(
        type_column(make_prose("A", 3), 100, 300) + type_column(make_prose("B", 2), 100, 440)
    ).blocks
    assert (first.lines, second.lines) == ((0, 1, 2), (3, 4))
    assert first.box is not None
    assert first.box[:2] == (100, 300)
    assert first.confidence == pytest.approx(0.9)
