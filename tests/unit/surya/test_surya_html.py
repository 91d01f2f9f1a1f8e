import pytest

from functions.surya import html
from functions.surya.html import Written


def test_umlauts_come_out_whole_however_they_are_written() -> None:
    assert html.text("<p>Gr&ouml;&szlig;e: 5 Maß O\u0308l, 12,50 &euro;</p>") == "Größe: 5 Maß Öl, 12,50 €"
    assert html.markdown("<p>Gr&ouml;&szlig;e: 5 Maß O\u0308l, 12,50 &euro;</p>") == "Größe: 5 Maß Öl, 12,50 €"


def test_what_stands_on_lines_of_its_own_does_so_in_the_text() -> None:
    page = "<h1>Rechnung  <b>Nr.</b>\n4711</h1><p>eins<br/>zwei</p><ul><li>drei</li><li>vier</li></ul>fünf"
    assert html.text(page).split("\n") == ["Rechnung Nr. 4711", "eins", "zwei", "drei", "vier", "fünf"]


def test_a_row_of_a_table_is_a_line_with_tabs_between_its_cells() -> None:
    table = "<table><tr><th>Menge</th><th>Preis</th></tr><tr><td>5<br>Stück</td><td>12,50 €</td></tr></table>"
    assert html.text(f"<p>vorher</p>{table}<p>danach</p>") == "vorher\nMenge\tPreis\n5 Stück\t12,50 €\ndanach"


def test_an_empty_cell_keeps_its_column() -> None:
    assert html.text("<table><tr><td></td><td>zwei</td></tr></table>") == "\tzwei"


def test_markup_of_the_document_itself_is_text_and_no_markup() -> None:
    page = "<p>&lt;script&gt; *nicht* a_b</p>"
    assert html.text(page) == "<script> *nicht* a_b"
    assert html.markdown(page) == r"\<script\> \*nicht\* a\_b"


def test_headings_lists_and_tables_are_markdown_too() -> None:
    assert html.markdown("<h2>Größe</h2><ul><li>eins</li></ul>") == "## Größe\n\n- eins"
    table = "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>"
    assert html.markdown(table).split("\n") == ["| a | b |", "| --- | --- |", "| c | d |"]


def test_formulas_stay_latex_and_nothing_in_them_is_escaped() -> None:
    assert html.markdown("<p>x <math>a_1*b</math></p>") == "x $a_1*b$"
    assert html.markdown('<math display="block">\\frac12</math>') == r"$$\frac12$$"
    assert html.text("<p>x <math>a_1*b</math></p>") == "x a_1*b"


def test_cells_stand_where_html_puts_them() -> None:
    table = (
        "<table><thead><tr><th colspan='2'>Kopf</th></tr></thead><tbody>"
        "<tr><td rowspan='2'>links</td><td>oben</td></tr><tr><td>unten</td></tr></tbody></table>"
    )
    assert html.cells(table) == (
        Written(0, 0, 1, 2, "Kopf"),
        Written(1, 0, 2, 1, "links"),
        Written(1, 1, 1, 1, "oben"),
        Written(2, 1, 1, 1, "unten"),
    )


@pytest.mark.parametrize(("said", "spans"), [("0", 1), ("viele", 1), ("-3", 1), ("99999999", 100), ("2", 2)])
def test_a_model_may_write_any_span(said: str, spans: int) -> None:
    assert html.cells(f"<table><tr><td colspan='{said}'>a</td></tr></table>")[0].columns == spans


def test_what_has_no_table_has_no_cells() -> None:
    assert html.cells("<p>Größe</p>") == html.cells("") == ()


def test_html_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    assert html.text("<p>Größe</p><table><tr><td>5 Ma") == "Größe\n5 Ma"
