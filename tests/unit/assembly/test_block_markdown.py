"""Blocks and Markdown of engines: structure is kept, and no markup becomes active."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from functions.assembly.markdown import render_blocks, sanitize_markdown
from functions.reading.reading import Block, BlockKind, Cell

ACTIVE = {"html_block", "html_inline", "link_open", "image", "fence", "code_inline", "code_block"}
ANY_TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\n #*-+=_`~<>[]()!|\\&;:.01ab"), max_size=30
)
PRICES = Block(
    kind=BlockKind.TABLE,
    text="Ware Preis\nÖl 12,50",
    cells=tuple(
        Cell(row=row, column=column, text=text)
        for row, texts in enumerate([("Ware", "Preis"), ("Öl", "12,50")])
        for column, text in enumerate(texts)
    ),
)


def parse_tokens(markdown: str) -> list[Token]:
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return [token for block in blocks for token in [block, *(block.children or [])]]


def list_types(markdown: str) -> set[str]:
    return {token.type for token in parse_tokens(markdown)}


def list_words(markdown: str) -> list[str]:
    """Return the words that a reader sees."""
    text = "".join(
        t.content if t.type in ("text", "text_special") else " " for t in parse_tokens(markdown) if t.type != "inline"
    )
    return text.split()


def test_blocks_keep_their_kind() -> None:
    heading = Block(kind=BlockKind.HEADING, text="Angebot\nfür Öl")
    items = Block(kind=BlockKind.LIST, text="• erstens\nund weiter\n• zweitens")
    assert render_blocks([heading, Block(text="Guten Tag"), items, PRICES]) == (
        "## Angebot für Öl\n\nGuten Tag\n\n- erstens\n  und weiter\n- zweitens\n\n"
        "| Ware | Preis |\n| --- | --- |\n| Öl | 12,50 |\n"
    )


def test_list_numbers_stay_unchanged() -> None:
    assert list_words(render_blocks([Block(kind=BlockKind.LIST, text="3. drei\n7. sieben")])) == [
        "3.",
        "drei",
        "7.",
        "sieben",
    ]


@pytest.mark.parametrize("title", ["#", "## ##", "Hausnr. #", "C #", "C#", "Nr. ##  ", "a \\#"])
def test_number_signs_at_the_end_of_a_heading_are_shown(title: str) -> None:
    assert list_words(render_blocks([Block(kind=BlockKind.HEADING, text=title)])) == title.split()


def test_missing_cell_is_empty() -> None:
    cells = (*PRICES.cells, Cell(row=2, column=1, text="99"))
    table = render_blocks([PRICES.model_copy(update={"cells": cells})])
    assert table.splitlines()[-1] == "|  | 99 |"
    assert list_types(table) >= {"table_open", "tbody_open"}


@pytest.mark.parametrize("kind", [BlockKind.HEADING, BlockKind.LIST, BlockKind.TEXT, BlockKind.FOOTER])
@settings(max_examples=40)
@given(text=ANY_TEXT)
def test_text_of_block_is_shown_and_inactive(kind: BlockKind, text: str) -> None:
    markdown = render_blocks([Block(kind=kind, text=text)])
    assert not list_types(markdown) & ACTIVE
    if kind is not BlockKind.LIST:  # a list has bullets of its own
        assert list_words(markdown) == text.split()


@settings(max_examples=60)
@given(st.lists(ANY_TEXT, min_size=2, max_size=4))
def test_text_of_cells_is_shown_in_table(texts: list[str]) -> None:
    cells = tuple(Cell(row=n % 2, column=n // 2, text=text) for n, text in enumerate(texts))
    markdown = render_blocks([Block(kind=BlockKind.TABLE, text="", cells=cells)])
    assert not list_types(markdown) & ACTIVE
    assert sorted(list_words(markdown)) == sorted(word for text in texts for word in text.split())


def test_markdown_of_engine_keeps_its_structure() -> None:
    own = "# Rechnung\n\n- **Öl**\n- Maß\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert sanitize_markdown(own) == own


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<!-- page 7 -->",
        "![](https://example.org/seen.png)",
        "[Klick](javascript:alert(1))",
        "<https://example.org>",
        "[eins]: https://example.org\n\n[eins]",
        "```\nund alles Weitere",
        "~~~\nund alles Weitere",
        "\\\\<script>",
        "&#60;script&#62;",
    ],
)
def test_active_markup_of_engine_is_shown_as_text(attack: str) -> None:
    assert not list_types(sanitize_markdown(attack)) & ACTIVE
    assert attack.split(maxsplit=1)[0].strip("\\")[:3] in " ".join(list_words(sanitize_markdown(attack)))


@settings(max_examples=60)
@given(ANY_TEXT)
def test_any_markdown_of_engine_is_inactive(own: str) -> None:
    assert not list_types(sanitize_markdown(own)) & (ACTIVE - {"code_block"})


def test_empty_markdown_and_blocks_render_nothing() -> None:
    assert (sanitize_markdown(" \n"), render_blocks([]), render_blocks([Block(text=" ")])) == ("", "", "")
