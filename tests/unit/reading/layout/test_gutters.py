"""Pages with columns of running text, which are read column by column."""

import pytest

from functions.reading.reading import Line
from tests.unit.reading.layout.page_builders import (
    analyze_page,
    find_line_numbers,
    make_prose,
    slant,
    type_column,
    type_line,
)


def has_order(text: str, *parts: str) -> bool:
    """Return whether the text contains the parts in this order."""
    indexes = [text.index(part) for part in parts]
    return indexes == sorted(indexes)


def type_two_columns(left: int = 12, right: int = 12) -> list[Line]:
    return type_column(make_prose("L", left), 100, 300) + type_column(make_prose("R", right), 560, 300)


def test_two_columns_are_read_one_after_another() -> None:
    text = analyze_page(type_two_columns()).text
    assert has_order(text, *(f"{name}{number}" for name in "LR" for number in range(1, 13)))


def test_lines_across_columns_keep_their_vertical_position() -> None:
    heading = type_line("Die Zeitung von gestern und was darin geschrieben stand", 100, 240)
    note = type_line("Gedruckt in der Hauptstraße und am selben Tag in der ganzen Stadt verteilt", 100, 700)
    assert has_order(
        analyze_page([note, *type_two_columns(), heading]).text, "Zeitung", "L1", "L12", "R1", "R12", "Gedruckt"
    )


def test_heading_between_columns_separates_upper_from_lower_text() -> None:
    above, below = (
        type_two_columns(),
        type_column(make_prose("U", 6), 100, 800) + type_column(make_prose("V", 6), 560, 800),
    )
    heading = type_line("Und hier beginnt die zweite Geschichte über die ganze Breite", 100, 730)
    assert has_order(analyze_page([*below, heading, *above]).text, "L12", "R1", "R12", "zweite", "U1", "U6", "V1", "V6")


def test_three_columns_of_unequal_length_keep_their_order() -> None:
    page = (
        type_column(make_prose("A", 20, 30), 100, 200)
        + type_column(make_prose("B", 8, 30), 440, 200)
        + type_column(make_prose("C", 14, 30), 780, 200)
    )
    assert has_order(analyze_page(page).text, "A1", "A20", "B1", "B8", "C1", "C14")


def test_columns_with_gaps_at_same_height_stay_together() -> None:
    page = (
        type_two_columns(6, 6) + type_column(make_prose("M", 6), 100, 520) + type_column(make_prose("S", 6), 560, 520)
    )
    assert has_order(analyze_page(page).text, "L6", "M1", "M6", "R1", "R6", "S1", "S6")


def test_line_across_both_columns_is_split() -> None:
    left, right = make_prose("L", 12), make_prose("R", 12)
    page = [
        type_line(f"{a:<46}{b}", 100, 300 + number * 28) for number, (a, b) in enumerate(zip(left, right, strict=True))
    ]
    separate = type_two_columns()
    mixed = [*separate[:3], page[3], *separate[4:15], *separate[16:]]
    layout = analyze_page(mixed)
    assert has_order(layout.text, "L3", "L4", "L5", "R3", "R4", "R5")
    assert all(line.box[2] < 520 or line.box[0] > 520 for line in layout.lines)


def test_table_beside_running_text_is_read_separately() -> None:
    table = [type_line(f"{ware:<20}{price:>8}", 560, 300 + 28 * n) for n, (ware, price) in enumerate(WARES)]
    page = type_column(make_prose("L", 14), 100, 300) + table + type_column(make_prose("R", 8), 560, 470)
    text = analyze_page(page).text
    assert has_order(text, "L1", "L14", "Papier", "R1", "R8")
    assert "Papier 12,50\nTinte 3,00" in text


WARES = [("Papier", "12,50"), ("Tinte", "3,00"), ("Federn", "7,25"), ("Siegel", "9,99")]


@pytest.mark.parametrize("degrees", [-4, -1.5, 1.5, 4])
def test_columns_are_found_on_slanted_page(degrees: float) -> None:
    text = analyze_page(slant(type_two_columns(), degrees)).text
    assert find_line_numbers(text, "L") == find_line_numbers(text, "R") == list(range(1, 13))
    assert has_order(text, "L12", "R1")


def test_footnotes_and_page_number_follow_text() -> None:
    notes = type_column(["1 Siehe dazu den Bericht vom Vortag.", "2 Ebenda, Seite 12."], 100, 1500)
    page = [*type_column(make_prose("T", 20, 90), 100, 200), *notes, type_line("47", 600, 1680)]
    layout = analyze_page(reversed(page))
    assert has_order(layout.text, "T1", "T20", "1 Siehe", "2 Ebenda", "47")
    assert layout.blocks[-1].kind == "footer"


def test_index_in_two_columns_is_read_by_column() -> None:
    left, right = (
        [f"{name}{n} ".ljust(30, ".") + f" {10 + n}" for n in range(1, 6)] for name in ("Eintrag-A", "Eintrag-B")
    )
    page = analyze_page(type_column(left, 100, 300) + type_column(right, 500, 300))
    assert page.text.replace("\n\n", "\n").split("\n") == [*left, *right]


def test_price_list_in_two_columns_is_read_by_row() -> None:
    goods, prices = [f"Ware {n} ............" for n in range(1, 6)], [f"{n},50" for n in range(1, 6)]
    page = analyze_page(type_column(goods, 100, 300) + type_column(prices, 500, 300))
    assert page.text.split("\n") == [f"{ware} {price}" for ware, price in zip(goods, prices, strict=True)]
