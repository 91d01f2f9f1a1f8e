"""Pages with line numbers in the margin, and pages with other numbers before their lines."""

from functions.reading.reading import Line
from tests.unit.reading.layout.page_builders import analyze_page, make_prose, type_column, type_line


def type_numbered(texts: list[str], first: int = 1, left: int = 100) -> list[Line]:
    """Return lines with their numbers, each number 80 pixels left of its line."""
    numbers = type_column([f"{number:>2}" for number in range(first, first + len(texts))], left, 300)
    return [line for pair in zip(numbers, type_column(texts, left + 80, 300), strict=True) for line in pair]


def test_line_numbers_do_not_interrupt_running_text() -> None:
    lines = make_prose("L", 25, 60)
    text = analyze_page(type_numbered(lines)).text
    assert " ".join(lines) in " ".join(text.split())
    assert text.split()[:25] == [str(number) for number in range(1, 26)]


def test_missing_line_numbers_do_not_interrupt_running_text() -> None:
    lines = make_prose("L", 25, 60)
    page = [line for line in type_numbered(lines) if line.text not in {"1", "2", "7", "14"}]
    assert " ".join(lines) in " ".join(analyze_page(page).text.split())


def test_line_numbers_can_continue_from_previous_page() -> None:
    lines = make_prose("L", 12, 60)
    assert " ".join(lines) in " ".join(analyze_page(type_numbered(lines, first=988)).text.split())


def test_chapter_numbers_stay_beside_their_titles() -> None:
    chapters = [f"Vom Drucken und vom Lesen, Teil {name}" for name in "ABCDEFGHIJKLMN"]
    assert "7 Vom Drucken und vom Lesen, Teil G" in analyze_page(type_numbered(chapters)).text


def test_item_numbers_stay_beside_their_items() -> None:
    items = [f"{'bolzen aus stahl':<40}{number},50" for number in range(12)]
    assert "7 bolzen aus stahl 6,50" in analyze_page(type_numbered(items)).text


def test_few_numbered_lines_are_list() -> None:
    assert "3 " in analyze_page(type_numbered(make_prose("L", 5, 60))).text.splitlines()[2]


def test_heading_above_numbered_text_comes_first() -> None:
    heading = type_line("Niederschrift der Sitzung vom ersten April in der alten Druckerei", 100, 200)
    text = analyze_page([*type_numbered(make_prose("L", 25, 60)), heading]).text
    assert text.startswith("Niederschrift")
