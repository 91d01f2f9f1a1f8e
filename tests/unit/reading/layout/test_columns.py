"""Pages that are read downwards, column by column."""

import pytest

from functions.reading.reading import Line
from tests.unit.reading.layout.typewriter import column, numbers, prose, read, slanted, typed


def before(text: str, *parts: str) -> bool:
    places = [text.index(part) for part in parts]
    return places == sorted(places)


def two_columns(left: int = 12, right: int = 12) -> list[Line]:
    return column(prose("L", left), 100, 300) + column(prose("R", right), 560, 300)


def test_two_columns_are_read_one_after_the_other() -> None:
    text = read(two_columns()).text
    assert before(text, *(f"{name}{number}" for name in "LR" for number in range(1, 13)))


def test_a_headline_across_both_columns_comes_first_and_a_note_below_them_last() -> None:
    headline = typed("Die Zeitung von gestern und was darin geschrieben stand", 100, 240)
    note = typed("Gedruckt in der Hauptstraße und am selben Tag in der ganzen Stadt verteilt", 100, 700)
    assert before(read([note, *two_columns(), headline]).text, "Zeitung", "L1", "L12", "R1", "R12", "Gedruckt")


def test_a_headline_between_columns_parts_what_is_above_it_from_what_is_below() -> None:
    above, below = two_columns(), column(prose("U", 6), 100, 800) + column(prose("V", 6), 560, 800)
    headline = typed("Und hier beginnt die zweite Geschichte über die ganze Breite", 100, 730)
    assert before(read([*below, headline, *above]).text, "L12", "R1", "R12", "zweite", "U1", "U6", "V1", "V6")


def test_three_columns_of_unequal_length_are_read_in_turn() -> None:
    page = (
        column(prose("A", 20, 30), 100, 200)
        + column(prose("B", 8, 30), 440, 200)
        + column(prose("C", 14, 30), 780, 200)
    )
    assert before(read(page).text, "A1", "A20", "B1", "B8", "C1", "C14")


def test_paragraphs_of_columns_stay_together_though_their_gaps_are_at_the_same_height() -> None:
    page = two_columns(6, 6) + column(prose("M", 6), 100, 520) + column(prose("S", 6), 560, 520)
    assert before(read(page).text, "L6", "M1", "M6", "R1", "R6", "S1", "S6")


def test_a_line_that_the_engine_took_across_both_columns_is_cut() -> None:
    left, right = prose("L", 12), prose("R", 12)
    page = [typed(f"{a:<46}{b}", 100, 300 + number * 28) for number, (a, b) in enumerate(zip(left, right, strict=True))]
    apart = two_columns()
    mixed = [*apart[:3], page[3], *apart[4:15], *apart[16:]]
    arranged = read(mixed)
    assert before(arranged.text, "L3", "L4", "L5", "R3", "R4", "R5")
    assert all(line.box[2] < 520 or line.box[0] > 520 for line in arranged.lines)


def test_a_table_beside_running_text_is_not_read_across_it() -> None:
    table = [typed(f"{ware:<20}{price:>8}", 560, 300 + 28 * n) for n, (ware, price) in enumerate(WARES)]
    page = column(prose("L", 14), 100, 300) + table + column(prose("R", 8), 560, 470)
    text = read(page).text
    assert before(text, "L1", "L14", "Papier", "R1", "R8")
    assert "Papier 12,50\nTinte 3,00" in text


WARES = [("Papier", "12,50"), ("Tinte", "3,00"), ("Federn", "7,25"), ("Siegel", "9,99")]


@pytest.mark.parametrize("degrees", [-4, -1.5, 1.5, 4])
def test_columns_are_found_on_a_page_that_lies_aslant(degrees: float) -> None:
    text = read(slanted(two_columns(), degrees)).text
    assert numbers(text, "L") == numbers(text, "R") == list(range(1, 13))
    assert before(text, "L12", "R1")


def test_footnotes_and_the_page_number_follow_the_text() -> None:
    notes = column(["1 Siehe dazu den Bericht vom Vortag.", "2 Ebenda, Seite 12."], 100, 1500)
    page = [*column(prose("T", 20, 90), 100, 200), *notes, typed("47", 600, 1680)]
    arranged = read(reversed(page))
    assert before(arranged.text, "T1", "T20", "1 Siehe", "2 Ebenda", "47")
    assert arranged.blocks[-1].kind == "footer"


def test_an_index_in_two_columns_is_read_column_by_column() -> None:
    left, right = (
        [f"{name}{n} ".ljust(30, ".") + f" {10 + n}" for n in range(1, 6)] for name in ("Eintrag-A", "Eintrag-B")
    )
    page = read(column(left, 100, 300) + column(right, 500, 300))
    assert page.text.replace("\n\n", "\n").split("\n") == [*left, *right]


def test_a_price_list_in_two_columns_is_read_row_by_row() -> None:
    goods, prices = [f"Ware {n} ............" for n in range(1, 6)], [f"{n},50" for n in range(1, 6)]
    page = read(column(goods, 100, 300) + column(prices, 500, 300))
    assert page.text.split("\n") == [f"{ware} {price}" for ware, price in zip(goods, prices, strict=True)]
