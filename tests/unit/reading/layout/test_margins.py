"""Pages on which lines are numbered in the margin, and pages that only look so."""

from functions.reading.reading import Line
from tests.unit.reading.layout.typewriter import column, prose, read, typed


def counted(texts: list[str], first: int = 1, left: int = 100) -> list[Line]:
    """Every line with its number some way to the left of it."""
    numbers = column([f"{number:>2}" for number in range(first, first + len(texts))], left, 300)
    return [line for pair in zip(numbers, column(texts, left + 80, 300), strict=True) for line in pair]


def test_running_text_is_not_broken_by_the_numbers_of_its_lines() -> None:
    lines = prose("L", 25, 60)
    text = read(counted(lines)).text
    assert " ".join(lines) in " ".join(text.split())
    assert text.split()[:25] == [str(number) for number in range(1, 26)]


def test_lines_whose_numbers_were_overlooked_are_not_broken_either() -> None:
    lines = prose("L", 25, 60)
    page = [line for line in counted(lines) if line.text not in {"1", "2", "7", "14"}]
    assert " ".join(lines) in " ".join(read(page).text.split())


def test_numbers_may_go_on_from_an_earlier_page() -> None:
    lines = prose("L", 12, 60)
    assert " ".join(lines) in " ".join(read(counted(lines, first=988)).text.split())


def test_chapters_of_a_table_of_contents_stay_beside_their_numbers() -> None:
    chapters = [f"Vom Drucken und vom Lesen, Teil {name}" for name in "ABCDEFGHIJKLMN"]
    assert "7 Vom Drucken und vom Lesen, Teil G" in read(counted(chapters)).text


def test_items_of_an_invoice_stay_beside_their_numbers() -> None:
    items = [f"{'bolzen aus stahl':<40}{number},50" for number in range(12)]
    assert "7 bolzen aus stahl 6,50" in read(counted(items)).text


def test_a_few_numbered_lines_are_a_list() -> None:
    assert "3 " in read(counted(prose("L", 5, 60))).text.splitlines()[2]


def test_a_headline_over_the_numbers_and_the_text_comes_first() -> None:
    headline = typed("Niederschrift der Sitzung vom ersten April in der alten Druckerei", 100, 200)
    text = read([*counted(prose("L", 25, 60)), headline]).text
    assert text.startswith("Niederschrift")
