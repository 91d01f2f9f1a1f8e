"""Parts and places, as DeepSeek-OCR writes them."""

from functions.deepseek.grounding import parsed
from functions.reading.reading import Kind


def part(label: str, places: str, markdown: str) -> str:
    return f"<|ref|>{label}<|/ref|><|det|>{places}<|/det|>\n{markdown}\n\n"


def test_parts_are_blocks_in_pixels_of_the_page_and_the_text_is_in_their_order() -> None:
    written = part("title", "[[0, 0, 999, 100]]", "# Größe") + part("text", "[[100, 200, 500, 300]]", "5 **Maß** Öl")
    content = parsed(written, 1998, 999)
    assert [(block.kind, block.text, block.box) for block in content.blocks] == [
        (Kind.HEADING, "Größe", (0, 0, 1998, 100)),
        (Kind.TEXT, "5 Maß Öl", (200, 200, 1000, 300)),
    ]
    assert content.text == "Größe\n\n5 Maß Öl"
    assert content.markdown == "# Größe\n\n5 **Maß** Öl"


def test_a_table_is_a_line_per_row_with_its_cells_apart() -> None:
    html = "<table><tr><th>Menge</th><th>Preis</th></tr><tr><td>5</td><td>12,50 €</td></tr></table>"
    (table,) = parsed(part("table", "[[1, 1, 9, 9]]", html), 100, 100).blocks
    assert (table.kind, table.text) == (Kind.TABLE, "Menge\tPreis\n5\t12,50 €")


def test_a_picture_has_a_place_and_no_text() -> None:
    content = parsed(part("image", "[[0, 0, 500, 500]]", "") + part("text", "[[0, 600, 9, 700]]", "Öl"), 999, 999)
    assert [(block.kind, block.text) for block in content.blocks] == [(Kind.PICTURE, ""), (Kind.TEXT, "Öl")]
    assert content.text == "Öl"


def test_a_part_in_several_places_has_one_box_around_them() -> None:
    (block,) = parsed(part("text", "[[10, 10, 20, 20], [30, 5, 40, 15]]", "Öl"), 999, 999).blocks
    assert block.box == (10, 5, 40, 20)


def test_a_place_that_is_none_leaves_the_part_without_one() -> None:
    for places in ("[[20, 20, 10, 10]]", "[[0, 0, 5000, 10]]", "[[a]]", ""):
        (block,) = parsed(part("text", places, "Öl"), 999, 999).blocks
        assert (block.text, block.box) == ("Öl", None)


def test_an_unknown_label_is_text() -> None:
    (block,) = parsed(part("stamp", "[[0, 0, 9, 9]]", "Öl"), 999, 999).blocks
    assert block.kind == Kind.TEXT


def test_where_no_places_are_told_there_are_no_blocks_and_the_text_is_whole() -> None:
    content = parsed("# Rechnung\n\nNr. 4711", 999, 999)
    assert (content.text, content.markdown, content.blocks) == ("Rechnung\n\nNr. 4711", "# Rechnung\n\nNr. 4711", ())


def test_what_stands_before_the_first_part_is_not_lost() -> None:
    content = parsed("Maß\n" + part("text", "[[0, 0, 9, 9]]", "Öl"), 999, 999)
    assert content.text == "Maß\n\nÖl"


def test_a_comparison_is_no_mark() -> None:
    assert parsed("a < b und c > d", 9, 9).text == "a < b und c > d"


def test_tags_that_are_printed_on_the_page_are_its_text() -> None:
    printed = "Das Element <box> 12 345 steht in <image>"
    assert parsed(printed, 100, 100).text == printed
    assert parsed("<center>H<sub>2</sub>O<br/></center>", 100, 100).text == "H2O"
