import pytest

from functions.surya import html
from functions.surya.html import TableCell


def test_umlauts_are_normalized_in_any_notation() -> None:
    assert html.extract_text("<p>Gr&ouml;&szlig;e: 5 Maß O\u0308l, 12,50 &euro;</p>") == "Größe: 5 Maß Öl, 12,50 €"
    assert html.to_markdown("<p>Gr&ouml;&szlig;e: 5 Maß O\u0308l, 12,50 &euro;</p>") == "Größe: 5 Maß Öl, 12,50 €"


def test_block_elements_become_lines() -> None:
    page = "<h1>Rechnung  <b>Nr.</b>\n4711</h1><p>eins<br/>zwei</p><ul><li>drei</li><li>vier</li></ul>fünf"
    assert html.extract_text(page).split("\n") == ["Rechnung Nr. 4711", "eins", "zwei", "drei", "vier", "fünf"]


def test_table_row_becomes_a_line_with_tabs() -> None:
    table = "<table><tr><th>Menge</th><th>Preis</th></tr><tr><td>5<br>Stück</td><td>12,50 €</td></tr></table>"
    assert html.extract_text(f"<p>vorher</p>{table}<p>danach</p>") == "vorher\nMenge\tPreis\n5 Stück\t12,50 €\ndanach"


def test_empty_cell_keeps_its_column() -> None:
    assert html.extract_text("<table><tr><td></td><td>zwei</td></tr></table>") == "\tzwei"


def test_printed_markup_stays_text() -> None:
    page = "<p>&lt;script&gt; *nicht* a_b</p>"
    assert html.extract_text(page) == "<script> *nicht* a_b"
    assert html.to_markdown(page) == r"\<script\> \*nicht\* a\_b"


def test_headings_lists_and_tables_become_markdown() -> None:
    assert html.to_markdown("<h2>Größe</h2><ul><li>eins</li></ul>") == "## Größe\n\n- eins"
    table = "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>"
    assert html.to_markdown(table).split("\n") == ["| a | b |", "| --- | --- |", "| c | d |"]


def test_formulas_stay_unescaped_latex() -> None:
    assert html.to_markdown("<p>x <math>a_1*b</math></p>") == "x $a_1*b$"
    assert html.to_markdown('<math display="block">\\frac12</math>') == r"$$\frac12$$"
    assert html.extract_text("<p>x <math>a_1*b</math></p>") == "x a_1*b"


def test_cells_are_placed_as_in_html() -> None:
    table = (
        "<table><thead><tr><th colspan='2'>Kopf</th></tr></thead><tbody>"
        "<tr><td rowspan='2'>links</td><td>oben</td></tr><tr><td>unten</td></tr></tbody></table>"
    )
    assert html.extract_cells(table) == (
        TableCell(0, 0, 1, 2, "Kopf"),
        TableCell(1, 0, 2, 1, "links"),
        TableCell(1, 1, 1, 1, "oben"),
        TableCell(2, 1, 1, 1, "unten"),
    )


@pytest.mark.parametrize(("attribute", "columns"), [("0", 1), ("viele", 1), ("-3", 1), ("99999999", 100), ("2", 2)])
def test_spans_are_limited(attribute: str, columns: int) -> None:
    assert html.extract_cells(f"<table><tr><td colspan='{attribute}'>a</td></tr></table>")[0].columns == columns


def test_html_without_table_has_no_cells() -> None:
    assert html.extract_cells("<p>Größe</p>") == html.extract_cells("") == ()


def test_html_that_is_cut_off_keeps_its_text() -> None:
    assert html.extract_text("<p>Größe</p><table><tr><td>5 Ma") == "Größe\n5 Ma"
