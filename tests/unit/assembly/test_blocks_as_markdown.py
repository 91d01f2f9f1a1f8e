"""Headings, lists and tables come out as such, and still show what stands on the page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from functions.assembly.blocks import structured
from functions.assembly.markdown import defused
from functions.reading.reading import Block, Cell, Kind

ACTIVE = {"html_block", "html_inline", "link_open", "image", "fence", "code_inline", "code_block"}
ODD = st.text(
    st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\n #*-+=_`~<>[]()!|\\&;:.01ab"), max_size=30
)
PRICES = Block(
    kind=Kind.TABLE,
    text="Ware Preis\nÖl 12,50",
    cells=tuple(
        Cell(row=row, column=column, text=text)
        for row, texts in enumerate([("Ware", "Preis"), ("Öl", "12,50")])
        for column, text in enumerate(texts)
    ),
)


def parsed(markdown: str) -> list[Token]:
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return [token for block in blocks for token in [block, *(block.children or [])]]


def types(markdown: str) -> set[str]:
    return {token.type for token in parsed(markdown)}


def shown(markdown: str) -> list[str]:
    """The words that a reader sees."""
    seen = "".join(
        t.content if t.type in ("text", "text_special") else " " for t in parsed(markdown) if t.type != "inline"
    )
    return seen.split()


def test_a_heading_a_paragraph_a_list_and_a_table_come_out_as_such() -> None:
    heading = Block(kind=Kind.HEADING, text="Angebot\nfür Öl")
    items = Block(kind=Kind.LIST, text="• erstens\nund weiter\n• zweitens")
    assert structured([heading, Block(text="Guten Tag"), items, PRICES]) == (
        "## Angebot für Öl\n\nGuten Tag\n\n- erstens\n  und weiter\n- zweitens\n\n"
        "| Ware | Preis |\n| --- | --- |\n| Öl | 12,50 |\n"
    )


def test_numbers_of_a_list_stay_as_they_are_on_the_page() -> None:
    assert shown(structured([Block(kind=Kind.LIST, text="3. drei\n7. sieben")])) == ["3.", "drei", "7.", "sieben"]


def test_a_cell_that_is_missing_leaves_its_place_empty() -> None:
    cells = (*PRICES.cells, Cell(row=2, column=1, text="99"))
    table = structured([PRICES.model_copy(update={"cells": cells})])
    assert table.splitlines()[-1] == "|  | 99 |"
    assert types(table) >= {"table_open", "tbody_open"}


@pytest.mark.parametrize("kind", [Kind.HEADING, Kind.LIST, Kind.TEXT, Kind.FOOTER])
@settings(max_examples=40)
@given(text=ODD)
def test_whatever_a_block_says_is_shown_and_does_nothing(kind: Kind, text: str) -> None:
    markdown = structured([Block(kind=kind, text=text)])
    assert not types(markdown) & ACTIVE
    if kind is not Kind.LIST:  # which has marks of its own
        assert shown(markdown) == text.split()


@settings(max_examples=60)
@given(st.lists(ODD, min_size=2, max_size=4))
def test_whatever_cells_say_is_shown_in_a_table(texts: list[str]) -> None:
    cells = tuple(Cell(row=n % 2, column=n // 2, text=text) for n, text in enumerate(texts))
    markdown = structured([Block(kind=Kind.TABLE, text="", cells=cells)])
    assert not types(markdown) & ACTIVE
    assert sorted(shown(markdown)) == sorted(word for text in texts for word in text.split())


def test_an_engines_markdown_keeps_its_form() -> None:
    own = "# Rechnung\n\n- **Öl**\n- Maß\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert defused(own) == own


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
def test_an_engines_markdown_shows_what_would_act(attack: str) -> None:
    assert not types(defused(attack)) & ACTIVE
    assert attack.split(maxsplit=1)[0].strip("\\")[:3] in " ".join(shown(defused(attack)))


@settings(max_examples=60)
@given(ODD)
def test_no_markdown_of_an_engine_acts(own: str) -> None:
    assert not types(defused(own)) & (ACTIVE - {"code_block"})


def test_an_engine_that_says_nothing_leaves_nothing() -> None:
    assert (defused(" \n"), structured([]), structured([Block(text=" ")])) == ("", "", "")
