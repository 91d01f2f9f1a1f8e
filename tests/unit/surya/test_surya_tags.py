"""What is printed like a tag is text: only tags of HTML are markup."""

import pytest

from functions.surya import html
from functions.surya.tags import printed


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
def test_what_is_no_tag_comes_out_as_it_is_printed(text: str) -> None:
    assert html.text(printed(f"<p>{text}</p>")) == text


@pytest.mark.parametrize(
    "written",
    [
        "<p>eins<br/>zwei</p><H1 class='x'>drei</H1>",
        "<table><tr><td colspan='2'>5 Stück</td></tr></table>",
        'x <math display="block">a_1 < b</math>',
        "Gr&ouml;&szlig;e &lt;box&gt;, 3 < 5",
    ],
)
def test_markup_stays_as_the_model_wrote_it(written: str) -> None:
    assert printed(written) == written


def test_what_is_printed_in_the_cells_of_a_table_stays_there() -> None:
    (cell,) = html.cells(printed("<table><tr><td>Typ <T></td></tr></table>"))
    assert cell.text == "Typ <T>"


def test_what_is_printed_is_escaped_in_markdown() -> None:
    assert html.markdown(printed("<p>Typ <T></p>")) == r"Typ \<T\>"


def test_what_a_model_repeats_for_ever_takes_no_time_to_look_through() -> None:
    # Counted in steps that grow with the square, this would be some 10 seconds.
    assert printed("<a" * 20_000) == "&lt;a" * 19_999 + "<a"
