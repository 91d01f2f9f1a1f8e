"""Pages that are read across, row by row."""

import pytest

from functions.reading.reading import Kind
from tests.unit.reading.layout.typewriter import column, prose, read, slanted, typed

INVOICE = [
    ("Pos.", "Bezeichnung", "Menge", "Preis"),
    ("1", "Druckpapier A4 weiß", "10", "49,90"),
    ("2", "Toner schwarz", "1", "89,00"),
    ("3", "Heftklammern", "5", "12,45"),
]
LEFTS = (100, 200, 600, 800)


def invoice(top: int = 500) -> list[tuple[str, int, int]]:
    return [(text, left, top + 40 * n) for n, row in enumerate(INVOICE) for text, left in zip(row, LEFTS, strict=True)]


def test_rows_of_a_table_are_lines_of_the_text() -> None:
    text = read(typed(*cell) for cell in invoice()).text
    assert text == "\n".join(" ".join(row) for row in INVOICE)


def test_a_table_has_its_cells_by_row_and_column() -> None:
    (table,) = read(typed(*cell) for cell in invoice()).blocks
    assert table.kind is Kind.TABLE
    assert {(cell.row, cell.column): cell.text for cell in table.cells} == {
        (row, column): text for row, texts in enumerate(INVOICE) for column, text in enumerate(texts)
    }
    assert table.cells[5].box == (200, 540, 390, 560)


def test_a_table_that_the_engine_read_as_lines_has_cells_too() -> None:
    lines = [typed(f"{a:<8}{b:<40}{c:<20}{d}", 100, 500 + 40 * n) for n, (a, b, c, d) in enumerate(INVOICE)]
    (table,) = read(lines).blocks
    assert [cell.text for cell in table.cells] == [text for row in INVOICE for text in row]


def test_an_article_that_goes_on_below_belongs_to_its_column() -> None:
    more = typed("für Laserdrucker", 200, 565)
    (table,) = read([*(typed(*cell) for cell in invoice()), more]).blocks
    assert [(cell.row, cell.column) for cell in table.cells if cell.text == "für Laserdrucker"] == [(2, 1)]


def test_labels_of_a_form_stand_before_their_values() -> None:
    labels = column(["Name:", "Geburtsdatum:", "Staatsangehörigkeit:"], 100, 300, 60)
    values = column(["Maja Öztürk", "3. 5. 1987", "deutsch"], 500, 303, 60)
    assert read(values + labels).text.splitlines() == [
        "Name: Maja Öztürk",
        "Geburtsdatum: 3. 5. 1987",
        "Staatsangehörigkeit: deutsch",
    ]


@pytest.mark.parametrize("degrees", [-3, 0, 3])
def test_prices_on_the_right_of_a_receipt_stand_behind_their_articles(degrees: float) -> None:
    sold = [("Milch", "1,19"), ("Roggenbrot", "3,49"), ("Äpfel 1 kg", "2,99"), ("SUMME EUR", "7,67")]
    names = column([name for name, _ in sold], 40, 200)
    prices = [typed(price, 560 - 10 * len(price), 200 + 28 * n) for n, (_, price) in enumerate(sold)]
    assert read(slanted(names + prices, degrees)).text.splitlines() == [f"{name} {price}" for name, price in sold]


def test_a_letter_has_its_address_beside_its_reference_and_its_text_below() -> None:
    address = column(["Frau", "Maja Öztürk", "Lange Straße 5", "04109 Leipzig"], 100, 300)
    reference = column(["Unser Zeichen: 47/11", "Datum: 3. Mai 2024"], 800, 300)
    body = column(prose("T", 8, 90), 100, 600)
    arranged = read([*body, *reference, *address])
    assert arranged.text.startswith("Frau Unser Zeichen: 47/11\nMaja Öztürk Datum: 3. Mai 2024\nLange Straße 5\n04109")
    assert arranged.blocks[-1].text.splitlines() == prose("T", 8, 90)


def test_numbers_beside_numbers_are_a_table_and_no_columns_of_text() -> None:
    left = column(["Summe 1 200 300", "Steuer 19 20 21", "Rabatt 7 8 9"], 100, 300)
    right = column(["EUR 12 00 brutto", "EUR 13 00 brutto", "EUR 14 00 brutto"], 600, 300)
    assert read(left + right).text.splitlines()[0] == "Summe 1 200 300 EUR 12 00 brutto"


def test_what_is_of_one_row_stays_so_when_one_letter_is_larger() -> None:
    assert read([typed("Gesamt", 100, 300), typed("99,00 €", 600, 298, 2)]).text == "Gesamt 99,00 €"
