"""Printed text that looks like a tag stays text: only tags of HTML are markup."""

import pytest

from functions.surya import html
from functions.surya.html import escape_unknown_tags


@pytest.mark.parametrize(
    "text",
    [
        "die Marke <box> und </box>",
        "Müller <info@example.org> oder <https://example.org/a>",
        "x<y und a<b<c",
        "<Name, Vorname>",
        "<?xml version='1.0'?>",
        "<!-- Größe -->",
        "<box",
    ],
)
def test_unknown_tag_stays_text(text: str) -> None:
    assert html.extract_text(escape_unknown_tags(f"<p>{text}</p>")) == text


@pytest.mark.parametrize(
    "written",
    [
        "<p>eins<br/>zwei</p><H1 class='x'>drei</H1>",
        "<table><tr><td colspan='2'>5 Stück</td></tr></table>",
        'x <math display="block">a_1 < b</math>',
        "Gr&ouml;&szlig;e &lt;box&gt;, 3 < 5",
    ],
)
def test_html_is_unchanged(written: str) -> None:
    assert escape_unknown_tags(written) == written


def test_unknown_tag_in_a_cell_stays_text() -> None:
    (cell,) = html.extract_cells(escape_unknown_tags("<table><tr><td>Typ <T></td></tr></table>"))
    assert cell.text == "Typ <T>"


def test_unknown_tag_is_escaped_in_markdown() -> None:
    assert html.to_markdown(escape_unknown_tags("<p>Typ <T></p>")) == r"Typ \<T\>"


def test_endless_repetition_takes_linear_time() -> None:
    # An algorithm with quadratic time would take about 10 seconds.
    assert escape_unknown_tags("<a" * 20_000) == "&lt;a" * 19_999 + "<a"
