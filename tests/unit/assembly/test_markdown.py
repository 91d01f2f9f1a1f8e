"""Plain text as Markdown: a reader sees the same text, even if it looks like markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from functions.assembly.markdown import render_paragraphs

ALLOWED = {"paragraph_open", "inline", "paragraph_close", "text", "softbreak", "text_special"}
MARKUP = [
    "# Rechnung",
    "Rechnung\n===",
    "Rechnung\n---",
    "- - -",
    "* Stern",
    "1. Seite",
    "12) Punkt",
    "> Zitat",
    "`Code` ``` ~~~",
    "    eingerückt",
    "*fett* _kursiv_ ~~weg~~",
    "a | b\n--- | ---\n1 | 2",
    "a | b\n:-: | :-:\n1 | 2",
    "[Klick](javascript:alert(1)) ![Bild](x.png)",
    "[eins]: https://example.org 'Titel'",
    "<script>alert(1)</script> <!-- -->",
    "Größe &amp; Ma&#223; & Co.",
    "C:\\Temp\\*",
    "Straße  \nOrt\\",
    "https://example.org/a_b_c",
]
# A reading can contain any text without control characters and surrogates.
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\n\n #*-+=_`~<>[]()!|\\&;:.0123ab\t"))


def extract_text(markdown: str) -> str:
    """Return the text that a reader sees. Fail if anything is more than a paragraph."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    words = [token for block in blocks for token in [block, *(block.children or [])]]
    assert {token.type for token in words} <= ALLOWED
    return "\n\n".join(
        "".join("\n" if word.type == "softbreak" else word.content for word in block.children or [])
        for block in blocks
        if block.type == "inline"
    )


def split_words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("text", MARKUP)
def test_text_like_markup_is_shown_unchanged(text: str) -> None:
    assert split_words(extract_text(render_paragraphs(text))) == split_words(text)


@given(TEXTS)
def test_any_text_is_shown_unchanged(text: str) -> None:
    assert split_words(extract_text(render_paragraphs(text))) == split_words(text)


def test_empty_lines_separate_paragraphs() -> None:
    assert render_paragraphs("\n\nGrüße\nvon hier\n\n \n\nMaß\n") == "Grüße\nvon hier\n\nMaß\n"


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_empty_text_has_no_paragraphs(text: str) -> None:
    assert render_paragraphs(text) == ""
