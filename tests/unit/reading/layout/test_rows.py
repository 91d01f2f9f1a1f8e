"""Pages with tables, forms and receipts, which are read row by row."""

import pytest

from functions.reading.reading import BlockKind
from tests.unit.reading.layout.page_builders import analyze_page, make_prose, slant, type_column, type_line

INVOICE = [
    ("Pos.", "Bezeichnung", "Menge", "Preis"),
    ("1", "Druckpapier A4 weiß", "10", "49,90"),
    ("2", "Toner schwarz", "1", "89,00"),
    ("3", "Heftklammern", "5", "12,45"),
]
LEFTS = (100, 200, 600, 800)


def list_invoice_cells(top: int = 500) -> list[tuple[str, int, int]]:
    """Return the text, left and top of each cell."""
    return [(text, left, top + 40 * n) for n, row in enumerate(INVOICE) for text, left in zip(row, LEFTS, strict=True)]


def test_table_rows_are_text_lines() -> None:
    text = analyze_page(type_line(*cell) for cell in list_invoice_cells()).text
    assert text == "\n".join(" ".join(row) for row in INVOICE)


def test_table_has_cells_by_row_and_column() -> None:
    (table,) = analyze_page(type_line(*cell) for cell in list_invoice_cells()).blocks
    assert table.kind is BlockKind.TABLE
    assert {(cell.row, cell.column): cell.text for cell in table.cells} == {
        (row, column): text for row, texts in enumerate(INVOICE) for column, text in enumerate(texts)
    }
    assert table.cells[5].box == (200, 540, 390, 560)


def test_table_read_as_lines_has_cells() -> None:
    lines = [type_line(f"{a:<8}{b:<40}{c:<20}{d}", 100, 500 + 40 * n) for n, (a, b, c, d) in enumerate(INVOICE)]
    (table,) = analyze_page(lines).blocks
    assert [cell.text for cell in table.cells] == [text for row in INVOICE for text in row]


def test_continued_cell_belongs_to_its_column() -> None:
    more = type_line("für Laserdrucker", 200, 565)
    (table,) = analyze_page([*(type_line(*cell) for cell in list_invoice_cells()), more]).blocks
    assert [(cell.row, cell.column) for cell in table.cells if cell.text == "für Laserdrucker"] == [(2, 1)]


def test_form_labels_precede_their_values() -> None:
    labels = type_column(["Name:", "Geburtsdatum:", "Staatsangehörigkeit:"], 100, 300, 60)
    values = type_column(["Maja Öztürk", "3. 5. 1987", "deutsch"], 500, 303, 60)
    assert analyze_page(values + labels).text.splitlines() == [
        "Name: Maja Öztürk",
        "Geburtsdatum: 3. 5. 1987",
        "Staatsangehörigkeit: deutsch",
    ]


@pytest.mark.parametrize("degrees", [-3, 0, 3])
def test_receipt_prices_follow_their_articles(degrees: float) -> None:
    sold = [("Milch", "1,19"), ("Roggenbrot", "3,49"), ("Äpfel 1 kg", "2,99"), ("SUMME EUR", "7,67")]
    names = type_column([name for name, _ in sold], 40, 200)
    prices = [type_line(price, 560 - 10 * len(price), 200 + 28 * n) for n, (_, price) in enumerate(sold)]
    assert analyze_page(slant(names + prices, degrees)).text.splitlines() == [f"{name} {price}" for name, price in sold]


def test_letter_head_is_read_by_row_before_text() -> None:
    address = type_column(["Frau", "Maja Öztürk", "Lange Straße 5", "04109 Leipzig"], 100, 300)
    reference = type_column(["Unser Zeichen: 47/11", "Datum: 3. Mai 2024"], 800, 300)
    body = type_column(make_prose("T", 8, 90), 100, 600)
    layout = analyze_page([*body, *reference, *address])
    assert layout.text.startswith("Frau Unser Zeichen: 47/11\nMaja Öztürk Datum: 3. Mai 2024\nLange Straße 5\n04109")
    assert layout.blocks[-1].text.splitlines() == make_prose("T", 8, 90)


def test_columns_of_numbers_are_read_by_row() -> None:
    left = type_column(["Summe 1 200 300", "Steuer 19 20 21", "Rabatt 7 8 9"], 100, 300)
    right = type_column(["EUR 12 00 brutto", "EUR 13 00 brutto", "EUR 14 00 brutto"], 600, 300)
    assert analyze_page(left + right).text.splitlines()[0] == "Summe 1 200 300 EUR 12 00 brutto"


def test_row_can_contain_larger_letters() -> None:
    assert analyze_page([type_line("Gesamt", 100, 300), type_line("99,00 €", 600, 298, 2)]).text == "Gesamt 99,00 €"
